/** A ledger in memory for tests of the model call: the port's rules for model calls, and switches to make it fail. */
import type { Json } from '../../workflows/contracts/json';
import { LedgerUnavailable, type CutOffAttempt, type Ledger, type ModelCallClaim } from '../../activities/ledger/port';

interface ModelCallRow {
  readonly started: CutOffAttempt[];
  answer?: { readonly attempt: number; readonly text: string };
}

const unused = async (): Promise<never> => {
  throw new Error('the memory ledger keeps no tool calls');
};

export class MemoryLedger implements Ledger {
  readonly dialect = 'sqlite';
  readonly rows = new Map<string, ModelCallRow>();
  /** How many calls of each method fail from now on. */
  readonly failures = { begin: 0, record: 0 };

  constructor(
    readonly id: string,
    readonly name = 'default',
  ) {}

  async now(): Promise<number> {
    return Date.now();
  }

  async beginModelCall(call: { callKey: string; attempt: number; estimate: Json }): Promise<ModelCallClaim> {
    if (this.failures.begin-- > 0) throw new LedgerUnavailable('database is locked');
    const row = this.rows.get(call.callKey) ?? { started: [] };
    this.rows.set(call.callKey, row);
    if (row.answer)
      return { kind: 'recorded', answer: JSON.parse(row.answer.text) as Json, attempt: row.answer.attempt };
    const cutOff = [...row.started];
    row.started.push({ attempt: call.attempt, estimate: call.estimate });
    return { kind: 'run', cutOff };
  }

  async recordModelCall(call: { callKey: string; attempt: number; answer: Json }): Promise<Json> {
    if (this.failures.record-- > 0) throw new LedgerUnavailable('disk is full');
    const row = this.rows.get(call.callKey) ?? { started: [] };
    this.rows.set(call.callKey, row);
    row.answer ??= { attempt: call.attempt, text: JSON.stringify(call.answer) };
    return JSON.parse(row.answer.text) as Json;
  }

  async dropModelCall(call: { callKey: string; attempt: number }): Promise<void> {
    const started = this.rows.get(call.callKey)?.started ?? [];
    const index = started.findLastIndex((one) => one.attempt === call.attempt);
    if (index >= 0) started.splice(index, 1);
  }

  claimToolCall = unused;
  renewLease = unused;
  bodyFailed = unused;
  settleToolCall = unused;
  runTransactional = unused;
  refuseToolCall = unused;
  readCall = unused;
  giveBack = unused;
  resolveToolCall = unused;
  prune = unused;
  calls = unused;

  async close(): Promise<void> {}
}
