/** `npm run demo` as a user runs it: it kills a worker for real, proves its claims, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { TestServer } from '../support/temporal-server';

const MAIN = path.join(__dirname, '../../dist/examples/receptionist/demo/main.js');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'demo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly lines: string[];
  readonly code: number | null;
}

/** Runs the demo to its end. `onLine` may interrupt it. */
async function runDemo(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string, interrupt: () => void) => void = () => undefined,
): Promise<Run> {
  const demo = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TMPDIR: folder, OPENAI_API_KEY: '', HOLDFAST_CRASH_AT: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [demo.stdout, demo.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      onLine(line, () => demo.kill('SIGINT'));
    });
  }
  const [code] = (await once(demo, 'close')) as [number | null];
  return { lines, code };
}

/** Ids of the processes that the demo said it had started. */
function pidsIn(lines: readonly string[]): number[] {
  return lines.flatMap((line) => [...line.matchAll(/pid (\d+)/g)].map((match) => Number(match[1])));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function expectNothingLeft(run: Run): void {
  const pids = pidsIn(run.lines);
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
}

test('the worker is killed after the booking, and the booking is there once', async () => {
  const server = await TestServer.start();
  const run = await runDemo([], { TEMPORAL_ADDRESS: server.address });
  await server.stop();
  expect(run).toMatchObject({ code: 0 });
  // Texts are broken at the width of the terminal.
  const output = run.lines.join('\n').replace(/\s+/g, ' ');
  expect(output).toContain('KILLED');
  expect(output).toMatch(/tool +book_appointment\(.*succeeded · attempt 2/);
  expect(output).toMatch(/tool +book_apointment.*rejected/);
  expect(output).toContain('Your appointment number is 4006.');
  expect(output).toContain('The new appointment number is 4007.');
  expect(output).toMatch(/charges for the deposit, which the model asked for twice: 1 1: ch_0001, £20\.00; 2 calls/);
  expect(output).toMatch(/text messages that went out: 1 1: sms_0001/);
  expect(run.lines.filter((line) => line.startsWith('  ✔'))).toHaveLength(10);
  expect(run.lines.filter((line) => line.includes('✖') && !line.includes('KILLED'))).toEqual([]);
  expectNothingLeft(run);
});

test('without a booking there is no kill and no proof: exit code 1', async () => {
  const server = await TestServer.start();
  const run = await runDemo(['--say', 'What can you do?'], { TEMPORAL_ADDRESS: server.address });
  await server.stop();
  expect(run).toMatchObject({ code: 1 });
  expect(run.lines.join('\n')).toContain('nothing is proven');
  expectNothingLeft(run);
});

test('Ctrl-C in the middle ends everything it started, its own server included', async () => {
  const run = await runDemo([], { TEMPORAL_ADDRESS: '' }, (line, interrupt) => {
    if (line.includes('KILLED')) interrupt();
  });
  expect(run).toMatchObject({ code: 130 });
  expectNothingLeft(run);
});

test('a server that is not there is one sentence and exit code 1', async () => {
  const run = await runDemo([], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(run).toMatchObject({ code: 1 });
  expect(run.lines.at(-1)).toMatch(/^demo: no Temporal server answers at 127\.0\.0\.1:1/);
  expect(readdirSync(folder)).toEqual([]);
});
