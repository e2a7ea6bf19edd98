/** Killed with SIGKILL at each named point of a tool call: the next attempt, in another process, ends it with one effect. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import type { ResolveReport, ToolCallReport } from '../../../workflows/contracts/tool';
import { temporaryFolder } from '../ledger/temporary-ledger';

const REGISTER = path.resolve(__dirname, '../../support/ts-register.js');
const PROGRAM = path.join(__dirname, 'crashing-process.ts');

/** Runs one attempt of what is done; armed to die at `crashAt`. */
function attempt(
  files: { ledger: string; journal: string },
  effect: string,
  number: number,
  crashAt?: string,
  what: 'call' | 'undo' | 'resolve' = 'call',
) {
  const env = { ...process.env, HOLDFAST_CRASH_AT: crashAt ?? '' };
  const child = spawn(
    process.execPath,
    ['-r', REGISTER, PROGRAM, files.ledger, files.journal, effect, String(number), what],
    {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise<{ signal: string | null; report?: ToolCallReport | ResolveReport }>((resolve) => {
    child.once('close', (_code, signal) => {
      resolve({ signal, report: output === '' ? undefined : (JSON.parse(output) as ToolCallReport | ResolveReport) });
    });
  });
}

interface Case {
  readonly effect: 'idempotent' | 'transactional' | 'reconcilable' | 'at-most-once';
  /** Where each attempt but the last is killed, one after another. */
  readonly points: readonly string[];
  /** How the last attempt comes to its outcome. */
  readonly ledger: ToolCallReport['ledger'];
  /** Requests the destination saw, over all attempts. */
  readonly asked: number;
  /** Default `succeeded`. */
  readonly outcome?: 'unknown';
}

const CASES: readonly Case[] = [
  { effect: 'idempotent', points: ['tool.before-intent'], ledger: 'ran', asked: 1 },
  { effect: 'idempotent', points: ['tool.after-intent'], ledger: 'ran', asked: 1 },
  { effect: 'idempotent', points: ['tool.after-effect'], ledger: 'ran', asked: 2 },
  { effect: 'idempotent', points: ['tool.after-record'], ledger: 'replayed', asked: 1 },
  { effect: 'transactional', points: ['tool.before-intent'], ledger: 'ran', asked: 0 },
  { effect: 'transactional', points: ['tool.after-intent'], ledger: 'ran', asked: 0 },
  { effect: 'transactional', points: ['tool.after-effect'], ledger: 'ran', asked: 0 },
  { effect: 'transactional', points: ['tool.after-record'], ledger: 'replayed', asked: 0 },
  { effect: 'reconcilable', points: ['tool.before-intent'], ledger: 'ran', asked: 1 },
  { effect: 'reconcilable', points: ['tool.after-intent'], ledger: 'ran', asked: 1 },
  { effect: 'reconcilable', points: ['tool.after-effect'], ledger: 'ran', asked: 1 },
  { effect: 'reconcilable', points: ['tool.after-effect', 'tool.before-probe'], ledger: 'ran', asked: 1 },
  { effect: 'reconcilable', points: ['tool.after-intent', 'tool.after-probe'], ledger: 'ran', asked: 1 },
  { effect: 'reconcilable', points: ['tool.after-record'], ledger: 'replayed', asked: 1 },
  { effect: 'at-most-once', points: ['tool.before-intent'], ledger: 'ran', asked: 1 },
  { effect: 'at-most-once', points: ['tool.after-intent'], ledger: 'ran', asked: 0, outcome: 'unknown' },
  { effect: 'at-most-once', points: ['tool.after-effect'], ledger: 'ran', asked: 1, outcome: 'unknown' },
  { effect: 'at-most-once', points: ['tool.after-record'], ledger: 'replayed', asked: 1 },
];

describe('a tool call', () => {
  it.each(CASES)(
    '$effect, killed at $points: one effect at most, the next attempt $ledger',
    async ({ effect, points, ledger, asked, outcome }) => {
      const folder = temporaryFolder();
      const files = { ledger: path.join(folder, 'data.sqlite'), journal: path.join(folder, 'journal') };
      const data = new (nodeSqlite().DatabaseSync)(files.ledger);
      data.exec('create table visits (slot text)');

      for (const [index, point] of points.entries()) {
        const killed = await attempt(files, effect, index + 1, `${point}[book]`);
        expect(killed).toEqual({ signal: 'SIGKILL', report: undefined });
      }
      const last = await attempt(files, effect, points.length + 1);
      const told =
        outcome === 'unknown'
          ? { outcome: { kind: 'unknown' }, unresolved: { callKey: 'ns-1/c1', effect } }
          : { outcome: { kind: 'succeeded', result: { booked: 'tue-9' } } };
      expect(last).toMatchObject({ signal: null, report: { attempt: points.length + 1, ledger, ...told } });

      const journal = existsSync(files.journal) ? readFileSync(files.journal, 'utf8').trim().split('\n') : [];
      expect(journal.filter((line) => line.startsWith('asked'))).toEqual(Array(asked).fill('asked ns-1/c1'));
      expect(journal.filter((line) => line.startsWith('applied'))).toHaveLength(effect === 'idempotent' ? 1 : asked);
      expect(data.prepare('select count(*) as n from visits').get()).toEqual({ n: effect === 'transactional' ? 1 : 0 });
      data.close();
    },
  );
});

describe('what a person decides', () => {
  const dead = { signal: 'SIGKILL', report: undefined };

  function stage() {
    const folder = temporaryFolder();
    const files = { ledger: path.join(folder, 'ledger.sqlite'), journal: path.join(folder, 'journal') };
    const again = (number: number, what: 'call' | 'undo' | 'resolve', crashAt?: string) =>
      attempt(files, 'at-most-once', number, crashAt, what);
    const applied = () =>
      readFileSync(files.journal, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('applied'));
    return { again, applied };
  }

  it('survives a death before and after its record', async () => {
    const { again, applied } = stage();
    expect(await again(1, 'call', 'tool.after-effect[book]')).toEqual(dead);
    expect(await again(2, 'call')).toMatchObject({ report: { outcome: { kind: 'unknown' } } });

    expect(await again(1, 'resolve', 'resolve.before-record[book]')).toEqual(dead);
    expect(await again(3, 'call')).toMatchObject({ report: { unresolved: { callKey: 'ns-1/c1' } } });
    expect(await again(2, 'resolve', 'resolve.after-record[book]')).toEqual(dead);
    const result = { booked: 'tue-9' };
    expect(await again(3, 'resolve')).toMatchObject({
      report: { kind: 'resolved', as: 'applied', outcome: { result } },
    });
    expect(await again(4, 'call')).toMatchObject({
      report: { ledger: 'replayed', outcome: { kind: 'succeeded', result } },
    });
    expect(applied()).toEqual(['applied ns-1/c1']);
  });

  it('is done once where it undoes a call', async () => {
    const { again, applied } = stage();
    await again(1, 'call');
    expect(await again(1, 'undo', 'tool.after-effect[book.undo]')).toEqual(dead);
    expect(await again(2, 'undo')).toMatchObject({ report: { ledger: 'ran', outcome: { kind: 'succeeded' } } });
    expect(applied()).toEqual(['applied ns-1/c1', 'applied ns-1/c1.undo']);
  });
});
