/** Crash points: how they are written, and what an armed or recording process does at them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CRASH_POINTS, CRASH_POINTS_WATCHED, parseArmed, pointName } from '../../activities/crash-points';
import { eventually } from '../support/eventually';

const ROOT = path.resolve(__dirname, '../..');
/** Passes four points, says so, and waits for a word before it ends. */
const PROGRAM = `
const { crashPoint } = require('./activities/crash-points.ts');
crashPoint('tool.after-effect', 'book');
crashPoint('tool.after-effect', 'cancel');
crashPoint('tool.after-effect', 'book');
crashPoint('workflow.before-task');
console.log('all passed');
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-points-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['-r', './test/support/ts-register.js', '-e', PROGRAM], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, closed: once(child, 'close'), said: () => said };
}

const recorded = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ')[2] ?? '');

test('what arms a point is a point, perhaps a detail, perhaps a hit', () => {
  expect(parseArmed(undefined)).toBeUndefined();
  expect(parseArmed('')).toBeUndefined();
  expect(parseArmed('tool.after-effect')).toEqual({ point: 'tool.after-effect', hit: 1 });
  expect(parseArmed('tool.after-effect#12')).toEqual({ point: 'tool.after-effect', hit: 12 });
  expect(parseArmed('tool.after-effect[book.undo]#2')).toEqual({
    point: 'tool.after-effect',
    detail: 'book.undo',
    hit: 2,
  });
  for (const point of CRASH_POINTS) expect(parseArmed(pointName(point))).toMatchObject({ point });
});

test.each(['tool.nowhere', 'tool.after-effect#0', 'tool.after-effect[]', 'tool.after-effect#', '#1', 'x y'])(
  '%s is refused with the points that exist',
  (text) => {
    expect(() => parseArmed(text, 'HOLDFAST_STOP_AT')).toThrow(
      /^HOLDFAST_STOP_AT must be .*workflow\.after-completion/,
    );
  },
);

test('a process that is told nothing watches nothing', () => {
  expect(CRASH_POINTS_WATCHED).toBe(false);
});

test('a recording process adds a line for each point, counted by detail', async () => {
  const file = path.join(folder, 'points.log');
  const { child, closed, said } = start({ HOLDFAST_CRASH_LOG: file });
  expect(await closed).toEqual([0, null]);
  expect(said()).toContain('all passed');
  expect(readFileSync(file, 'utf8').split('\n')[0]).toMatch(new RegExp(`^\\d{13} ${child.pid} tool\\.after-effect`));
  expect(recorded(file)).toEqual([
    'tool.after-effect[book]#1',
    'tool.after-effect[cancel]#1',
    'tool.after-effect[book]#2',
    'workflow.before-task#1',
  ]);
});

test.each([
  ['tool.after-effect[book]#2', 3],
  ['tool.after-effect#2', 2],
  ['workflow.before-task', 4],
])('armed at %s it dies there, with the point recorded', async (armed, passed) => {
  const file = path.join(folder, 'points.log');
  const { closed, said } = start({ HOLDFAST_CRASH_AT: armed, HOLDFAST_CRASH_LOG: file });
  expect(await closed).toEqual([null, 'SIGKILL']);
  expect(said()).toBe('');
  expect(recorded(file)).toHaveLength(passed);
});

test('to be stopped at a point is to wait there until somebody continues it', async () => {
  const file = path.join(folder, 'points.log');
  const { child, closed, said } = start({ HOLDFAST_STOP_AT: 'tool.after-effect[cancel]', HOLDFAST_CRASH_LOG: file });
  const stateOf = (): string => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '';
  if (existsSync('/proc/self/status')) await eventually('the process to be stopped', () => stateOf() === 'T');
  await eventually('the point to be recorded', () => existsSync(file) && recorded(file).length === 2);
  expect(said()).toBe('');
  child.kill('SIGCONT');
  expect(await closed).toEqual([0, null]);
  expect(said()).toContain('all passed');
});
