/** A ledger in memory for tests of the model call: the port's rules for model calls, and switches to make it fail. */
import type { Json } from '../../workflows/contracts/json';
import {
  LedgerUnavailable,
  ModelCallClosed,
  type BeginModelCall,
  type CutOffAttempt,
  type Ledger,
  type ModelCallClaim,
} from '../../activities/ledger/port';

interface ModelCallRow {
  readonly started: CutOffAttempt[];
  /** Runs that wait for it no more. */
  readonly closedFor?: Set<string>;
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

  async beginModelCall(call: BeginModelCall): Promise<ModelCallClaim> {
    if (this.failures.begin-- > 0) throw new LedgerUnavailable('database is locked');
    const row = this.rows.get(call.callKey) ?? { started: [] };
    if (row.closedFor?.has(call.run ?? '')) throw new ModelCallClosed('closed');
    if (row.answer) {
      const { text, attempt } = row.answer;
      const answered = row.started.findLastIndex((one) => one.attempt === attempt);
      const others = row.started.filter((_, index) => index !== answered);
      return { kind: 'recorded', answer: JSON.parse(text) as Json, attempt, cutOff: others };
    }
    const cutOff = [...row.started];
    if (call.after !== undefined && call.after !== cutOff.length) return { kind: 'listed', cutOff };
    this.rows.set(call.callKey, row);
    row.started.push({ attempt: call.attempt, estimate: call.estimate });
    return { kind: 'run', cutOff };
  }

  async closeModelCall(call: { callKey: string; run: string }) {
    const row = this.rows.get(call.callKey) ?? { started: [] };
    this.rows.set(call.callKey, { ...row, closedFor: new Set([...(row.closedFor ?? []), call.run]) });
    if (!row.answer) return { cutOff: [...row.started] };
    const { attempt, text } = row.answer;
    return { cutOff: row.started.filter((one) => one.attempt !== attempt), answer: JSON.parse(text) as Json };
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
  storeSegment = unused;
  readSegment = unused;
  closeSegments = unused;
  segments = unused;
  prune = unused;
  calls = unused;

  async close(): Promise<void> {}
}
