/** A dev server does not outlive the process that started it. Each case is a real process with a real server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../../worker/dev-server/cache-lock';
import { isListening } from '../../../worker/dev-server/ports';
import { runSource, type RunningSource } from './run-source';
import { until } from './until';

interface Server {
  readonly pid: number;
  readonly port: number;
}

const started: Server[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-lifetime-'));
});
afterEach(() => {
  for (const { pid } of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function serverOf(parent: RunningSource): Promise<Server> {
  const line = /server (\d+) (\d+)\n/;
  await until('the server to start', () => line.test(parent.output()));
  const [, pid, port] = line.exec(parent.output()) as RegExpExecArray;
  const server = { pid: Number(pid), port: Number(port) };
  started.push(server);
  return server;
}

/** By its port: where nobody collects a dead orphan, its pid stays. */
async function untilGone(server: Server): Promise<void> {
  await until('the server to be gone', async () => !(await isListening('127.0.0.1', server.port)));
}

test.each([
  ['return', 0],
  ['exit', 7],
  ['throw', 1],
] as const)('ends when its parent ends by %s', async (how, code) => {
  const parent = runSource('own-server.ts', [how]);
  const server = await serverOf(parent);
  expect(await parent.ended).toBe(code);
  await untilGone(server);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('ends when its parent gets %s', async (signal) => {
  const parent = runSource('own-server.ts', ['wait']);
  const server = await serverOf(parent);
  expect(await isListening('127.0.0.1', server.port)).toBe(true);
  parent.child.kill(signal);
  // The parent's end still looks like that of a process that the signal ended.
  expect(await parent.ended).toBe(signal);
  await untilGone(server);
});

test('with a database file it ends with its parent on SIGTERM', async () => {
  const parent = runSource('own-server.ts', ['wait', join(folder, 'server.sqlite')]);
  const server = await serverOf(parent);
  parent.child.kill('SIGTERM');
  expect(await parent.ended).toBe('SIGTERM');
  await untilGone(server);
});

test.each([
  ['with a database file it stays when its parent gets SIGKILL', 'wait', 'SIGKILL'],
  ['one that was asked to keep running stays when its parent is done', 'leave', 0],
] as const)('%s', async (_what, how, end) => {
  const parent = runSource('own-server.ts', [how, join(folder, 'server.sqlite')]);
  const server = await serverOf(parent);
  if (end === 'SIGKILL') parent.child.kill(end);
  expect(await parent.ended).toBe(end);
  expect(await isListening('127.0.0.1', server.port)).toBe(true);
  process.kill(server.pid, 'SIGKILL');
  await untilGone(server);
});
