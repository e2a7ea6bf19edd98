/**
 * The command as a user runs it: compiled, in a process of its own, with workers that are really killed. Needs `npm run build`, which
 * `npm test` does first.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkloadReport } from '../../../cli/workload/run-workload';
import { TestServer } from '../../support/temporal-server';
import { FIXTURE_PATH } from './fixture';

const COMMAND = join(__dirname, '..', '..', '..', 'dist', 'cli', 'main.js');

interface Ran {
  /** Its folder for temporary files. */
  readonly folder: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the workload command', () => {
  const folders: string[] = [];
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'workload-command-'));
    folders.push(folder);
    return folder;
  };
  let server: TestServer;
  /** Mostly waits, for what killed workers held: begun first, looked at last. */
  let whileKilled: Promise<Ran>;
  beforeAll(async () => {
    server = await TestServer.start();
    whileKilled = run(FIXTURE_PATH, '--json', '--kill-every', '3s');
  });
  afterAll(async () => {
    await whileKilled;
    await server.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const folder = newFolder();
      const env = { ...process.env, TEMPORAL_ADDRESS: server.address, TMPDIR: folder, NO_COLOR: '1' };
      execFile(process.execPath, [COMMAND, 'workload', ...args], { env, timeout: 110_000 }, (error, stdout, stderr) => {
        resolve({ folder, code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  const report = ({ stdout }: Ran): WorkloadReport => JSON.parse(stdout) as WorkloadReport;

  it('runs every task, finds every observation and every effect, and leaves nothing behind', async () => {
    const ran = await run(FIXTURE_PATH, '--json');
    expect(ran).toMatchObject({ code: 0 });
    const { held, checks, figures } = report(ran);
    expect(checks.map(({ looked, failures }) => ({ looked, failures }))).toEqual(
      [3, 5, 5, 2, 2].map((looked) => ({ looked, failures: [] })),
    );
    expect({ held, ...figures }).toMatchObject({
      held: true,
      sessions: 3,
      steps: 8,
      toolCalls: 5,
      kills: 0,
      deduped: 0,
    });
    expect(figures.inputTokens).toBeGreaterThan(0);
    expect(figures.microUsd).toBeGreaterThan(0);
    expect(readdirSync(ran.folder)).toEqual([]);
  });

  it.each([
    ['a file that is not there', ['/nowhere.json'], 1, /^holdfast: cannot read the workload \/nowhere\.json: .*\n$/],
    ['no file', [], 2, /missing required argument 'file'/],
    [
      'a time that is none',
      [FIXTURE_PATH, '--kill-every', 'soon'],
      2,
      /'--kill-every <time>' argument 'soon' is invalid/,
    ],
    ['a number that is none', [FIXTURE_PATH, '--parallel', '0'], 2, /whole number of 1 to 500/],
  ])('refuses %s in a sentence, and touches nothing', async (_what, args, exitCode, expected) => {
    const { code, stderr, stdout, folder } = await run(...args);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a file that breaks the format with the place', async () => {
    const file = join(newFolder(), 'mine.json');
    writeFileSync(
      file,
      JSON.stringify({ policy: 'p', tools: [], tasks: [{ id: 'a', instruction: 'b', outputs: [] }] }),
    );
    const { code, stderr } = await run(file);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^holdfast: the workload .*mine\.json cannot be run .*: tasks\.0\.calls: .*\n$/);
  });

  it('holds the same while workers are killed', async () => {
    const ran = await whileKilled;
    expect(ran).toMatchObject({ code: 0 });
    const { held, figures } = report(ran);
    expect({ held, sessions: figures.sessions }).toEqual({ held: true, sessions: 3 });
    expect(figures.kills).toBeGreaterThan(0);
  }, 120_000);
});
