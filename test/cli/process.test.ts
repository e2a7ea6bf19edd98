import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
/** As built: `npm test` builds before it tests. */
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}, node: readonly string[] = []): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...node, MAIN, ...args],
      { env: { ...process.env, ...env } },
      (_, out, err) => resolve({ code: child.exitCode, out, err }),
    );
    child.stdin?.end();
  });
}

describe('the holdfast command as a process', () => {
  it('prints its version and its help', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as unknown,
    });
    expect((await run(['chat', '--help'])).out).toContain('--session <id>');
  });

  it('ends without a word where nobody reads on', async () => {
    const child = spawn(process.execPath, [MAIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, said]).toEqual([141, '']);
  });

  it('on an older Node says which one it needs before anything else is loaded', async () => {
    const pretend = join(folder, 'older.js');
    writeFileSync(
      pretend,
      `Object.defineProperty(process, 'version', { value: 'v20.20.2' });
       const load = require('module')._load;
       require('module')._load = (name, ...rest) => {
         if (!/node-version|main\\.js$/.test(name)) throw new Error('loaded ' + name);
         return load(name, ...rest);
       };`,
    );
    const ended = await run(['list'], {}, ['--require', pretend]);
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toMatch(/^holdfast: this needs Node 22\.16 or later, and this is v20\.20\.2; [^\n]+\n$/);
  });

  it('names a module that is not there, or exports no agents', async () => {
    expect((await run(['worker', join(folder, 'none.js')])).err).toMatch(/^holdfast: there is no module .*none\.js/);
    writeFileSync(join(folder, 'empty.js'), 'module.exports = {}');
    expect((await run(['worker', join(folder, 'empty.js')])).err).toMatch(
      /empty\.js must export agents, a list of what defineAgent returns/,
    );
    writeFileSync(join(folder, 'broken.js'), 'throw new Error("no calendar")');
    expect(await run(['worker', join(folder, 'broken.js')])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^holdfast: .*broken\.js cannot be loaded: no calendar\n$/) as unknown,
    });
  });
});

describe('holdfast dev', () => {
  let child: ChildProcess | undefined;
  afterEach(async () => {
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGINT');
    await gone;
  });

  it('brings a server, a worker and the links; a chat finds them; Ctrl-C ends all with 0', async () => {
    const env = { HOLDFAST_DATA_DIR: folder, OPENAI_API_KEY: '', TEMPORAL_ADDRESS: '', npm_lifecycle_event: '' };
    const started = start(
      ['dev', join(ROOT, 'dist/examples/receptionist/worker.js'), '--port', '0', '--ui-port', '0'],
      env,
    );
    child = started.child;
    const welcome = await started.until('Ctrl-C');
    expect(welcome).toMatch(/Web UI\s+http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows/);
    expect(welcome).toContain(`${join(folder, 'dev-server.sqlite')} (kept between runs`);
    const [, agent = '', address = ''] = /talk\s+holdfast chat (\S+) --address (\S+)/.exec(welcome) ?? [];

    const chat = await run(['chat', agent, '--address', address, '--say', 'Hello'], env);
    expect(chat.err).toMatch(/^session \S+ stays open; come back with: /);
    expect(chat).toMatchObject({ code: 0, out: expect.stringMatching(/^receptionist> ./) as unknown });

    const gone = new Promise<number | null>((resolve) => child?.once('exit', resolve));
    child.kill('SIGINT');
    expect(await gone).toBe(0);
    expect((await run(['list', '--address', address], env)).err).toContain('no Temporal server answers');
  });
});

function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { readonly child: ChildProcess; until(text: string): Promise<string> } {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return {
    child,
    until: (text) =>
      new Promise((resolve, reject) => {
        child.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes(text)) resolve(said);
        });
        child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors}`)));
      }),
  };
}
