/** Killed with SIGKILL at each named point of a tool call: the next attempt, in another process, ends it with one effect. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import { temporaryFolder } from '../ledger/temporary-ledger';

const REGISTER = path.resolve(__dirname, '../../support/ts-register.js');
const PROGRAM = path.join(__dirname, 'crashing-process.ts');

/** Runs one attempt; armed to die at `crashAt`. */
function attempt(files: { ledger: string; journal: string }, effect: string, number: number, crashAt?: string) {
  const env = { ...process.env, HOLDFAST_CRASH_AT: crashAt ?? '' };
  const child = spawn(
    process.execPath,
    ['-r', REGISTER, PROGRAM, files.ledger, files.journal, effect, String(number)],
    {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise<{ signal: string | null; report?: ToolCallReport }>((resolve) => {
    child.once('close', (_code, signal) => {
      resolve({ signal, report: output === '' ? undefined : (JSON.parse(output) as ToolCallReport) });
    });
  });
}

interface Case {
  readonly effect: 'idempotent' | 'transactional';
  readonly point: string;
  /** How the second attempt comes to its outcome. */
  readonly ledger: ToolCallReport['ledger'];
  /** Requests the destination saw, over both attempts. */
  readonly asked: number;
}

const CASES: readonly Case[] = [
  { effect: 'idempotent', point: 'tool.before-intent', ledger: 'ran', asked: 1 },
  { effect: 'idempotent', point: 'tool.after-intent', ledger: 'ran', asked: 1 },
  { effect: 'idempotent', point: 'tool.after-effect', ledger: 'ran', asked: 2 },
  { effect: 'idempotent', point: 'tool.after-record', ledger: 'replayed', asked: 1 },
  { effect: 'transactional', point: 'tool.before-intent', ledger: 'ran', asked: 0 },
  { effect: 'transactional', point: 'tool.after-intent', ledger: 'ran', asked: 0 },
  { effect: 'transactional', point: 'tool.after-effect', ledger: 'ran', asked: 0 },
  { effect: 'transactional', point: 'tool.after-record', ledger: 'replayed', asked: 0 },
];

describe('a tool call', () => {
  it.each(CASES)(
    '$effect, killed at $point: one effect, the second attempt $ledger',
    async ({ effect, point, ledger, asked }) => {
      const folder = temporaryFolder();
      const files = { ledger: path.join(folder, 'data.sqlite'), journal: path.join(folder, 'journal') };
      const data = new (nodeSqlite().DatabaseSync)(files.ledger);
      data.exec('create table visits (slot text)');

      const first = await attempt(files, effect, 1, `${point}[book]`);
      expect(first).toEqual({ signal: 'SIGKILL', report: undefined });
      const second = await attempt(files, effect, 2);
      expect(second).toMatchObject({
        signal: null,
        report: { attempt: 2, ledger, outcome: { kind: 'succeeded', result: { booked: 'tue-9' } } },
      });

      const journal = existsSync(files.journal) ? readFileSync(files.journal, 'utf8').trim().split('\n') : [];
      expect(journal.filter((line) => line.startsWith('asked'))).toEqual(Array(asked).fill('asked ns-1/c1'));
      expect(journal.filter((line) => line.startsWith('applied'))).toHaveLength(effect === 'idempotent' ? 1 : 0);
      expect(data.prepare('select count(*) as n from visits').get()).toEqual({ n: effect === 'transactional' ? 1 : 0 });
      data.close();
    },
  );
});
