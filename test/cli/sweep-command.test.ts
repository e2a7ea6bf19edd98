/** `holdfast sweep`: what it is given is checked before anything is started. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCli } from '../../cli/program';
import { FakeIo } from './fake-io';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-sweep-command-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function sweepWith(plan: string | undefined, ...flags: string[]): Promise<{ code: number; said: string }> {
  const file = path.join(folder, `plan-${Math.abs(hash(plan ?? ''))}.js`);
  if (plan !== undefined) writeFileSync(file, plan);
  const io = new FakeIo();
  const code = await runCli(['sweep', 'clerk', '--script', plan === undefined ? 'nowhere.js' : file, ...flags], io);
  return { code, said: io.stderr.text };
}

const hash = (text: string): number => [...text].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) | 0, 7);
const planOf = (fields: string): string => `exports.sweep = { ${fields} };`;
const RIGHT = `agentsModule: __filename, script: { name: 's', turns: [] }, messages: ['hello'], openWorld: async () => ({})`;

test.each([
  ['no file', undefined, /there is no file nowhere\.js/],
  ['no export', 'exports.other = 1;', /must export sweep.*there is no such export/],
  ['no module', planOf(RIGHT.replace('agentsModule: __filename,', '')), /agentsModule must be/],
  [
    'a module that is not there',
    planOf(RIGHT.replace('__filename', "'gone.js'")),
    /agentsModule gone\.js does not exist/,
  ],
  ['no script', planOf(RIGHT.replace('turns: []', '')), /script must be/],
  ['no messages', planOf(RIGHT.replace("['hello']", '[]')), /messages must be/],
  ['no world', planOf(RIGHT.replace('openWorld:', 'world:')), /openWorld must be/],
  ['a file that throws', "throw new Error('broken plan');", /cannot be loaded: broken plan/],
])('%s is told in one sentence', async (_what, plan, expected) => {
  const { code, said } = await sweepWith(plan);
  expect(code).toBe(2);
  expect(said).toMatch(expected);
  expect(said.trimEnd().split('\n')).toHaveLength(1);
});

test.each([
  ['--pairs', '-1', 2, /whole number/],
  ['--parallel', '0', 2, /whole number/],
  ['--sample', 'many', 2, /whole number/],
  ['--only', 'tool.nowhere#1', 1, /with a point out of model\.before-request/],
])('%s %s is refused', async (flag, value, exitCode, expected) => {
  const { code, said } = await sweepWith(planOf(RIGHT), flag, value);
  expect(code).toBe(exitCode);
  expect(said).toMatch(expected);
});
