/**
 * One attempt of one tool call in a process of its own, for crash-points.test.ts, which arms a crash point.
 * Arguments: ledger file, journal file, effect class, attempt, and what is done: `call` (default), `undo`, or `resolve` as applied. The journal stands for the destination: it honours keys for `idempotent`, and
 * applies whatever it is asked to for the others.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { createRegistry, defineAgent, defineTool, ledgerNamed, type Tool } from '../../../agents';
import { openLedger } from '../../../activities/ledger/open-ledger';
import { createResolveActivity } from '../../../activities/tools/resolve-activity';
import { createToolActivity } from '../../../activities/tools/tool-activity';
import type { ToolActivityParts } from '../../../activities/tools/tool-call';
import { createUndoActivity } from '../../../activities/tools/undo-activity';
import type { LedgerRef, ToolCallInput } from '../../../workflows/contracts/tool';
import { hashOfArguments } from '../../../activities/tools/check-input';

type Tables = { visits: { slot: string } };
const [ledgerFile = '', journal = '', effect = '', attempt = '', what = 'call'] = process.argv.slice(2);
const common = { name: 'book', description: 'books', input: z.object({ slot: z.string() }) };

const journaled = () => (existsSync(journal) ? readFileSync(journal, 'utf8') : '');

function applyOnce(key: string, slot: string): { booked: string } {
  const done = journaled();
  if (!done.includes(`applied ${key}\n`)) appendFileSync(journal, `applied ${key}\n`);
  appendFileSync(journal, `asked ${key}\n`);
  return { booked: slot };
}

function apply(key: string, slot: string): { booked: string } {
  appendFileSync(journal, `applied ${key}\n`);
  appendFileSync(journal, `asked ${key}\n`);
  return { booked: slot };
}

const idempotent = defineTool({
  ...common,
  effect: 'idempotent',
  run: ({ slot }, ctx) => applyOnce(ctx.idempotencyKey, slot),
});
const transactional = defineTool({
  ...common,
  effect: 'transactional',
  ledger: ledgerNamed<Tables>('default'),
  run: async ({ slot }, ctx) => {
    await ctx.tx.insertInto('visits').values({ slot }).execute();
    return { booked: slot };
  },
});

const reconcilable = defineTool({
  ...common,
  effect: 'reconcilable',
  settleWithin: 50,
  run: ({ slot }, ctx) => apply(ctx.idempotencyKey, slot),
  reconcile: async ({ slot }, ctx) =>
    journaled().includes(`applied ${ctx.idempotencyKey}\n`)
      ? { kind: 'applied', result: { booked: slot } }
      : { kind: 'absent' },
});
const atMostOnce = defineTool({
  ...common,
  effect: 'at-most-once',
  run: ({ slot }, ctx) => apply(ctx.idempotencyKey, slot),
  compensate: { effect: 'idempotent', run: ({ slot }, _result, ctx) => applyOnce(ctx.idempotencyKey, slot) },
});

const TOOLS: Readonly<Record<string, Tool>> = {
  idempotent,
  transactional,
  reconcilable,
  'at-most-once': atMostOnce,
};

async function main(tool: Tool): Promise<void> {
  const ledger = await openLedger({ name: 'default', url: ledgerFile });
  const registry = createRegistry([defineAgent({ name: 'desk', instructions: 'x', model: 'm', tools: [tool] })]);
  const parts = { registry, ledgers: new Map([['default', ledger]]) };
  const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
  const info = {
    activityType: 'book',
    attempt: Number(attempt),
    startToCloseTimeoutMs: 10_000,
    scheduledTimestampMs: Date.now(),
  };
  const args = { slot: 'tue-9' };
  const input: ToolCallInput & { ledger: LedgerRef } = {
    agent: 'desk',
    tool: 'book',
    callId: 'c1',
    turn: 1,
    step: 1,
    sessionId: 'session-1',
    keyNamespace: 'ns-1',
    args,
    argsHash: hashOfArguments(args),
    policy: {
      effect: tool.effect,
      startToCloseMs: 10_000,
      heartbeatMs: 300,
      attempts: 1,
      initialIntervalMs: 1,
      backoff: 1,
      maxIntervalMs: 1,
      rolloutWindowMs: 1_000,
      maxResultBytes: 1_000,
    },
    ledger: { name: 'default', id: ledger.id },
    asksPerson: true,
  };
  const environment = new MockActivityEnvironment(info, { logger: quiet });
  console.log(JSON.stringify(await run(environment, parts, input)));
  await ledger.close();
}

function run(
  environment: MockActivityEnvironment,
  parts: ToolActivityParts,
  input: ToolCallInput & { ledger: LedgerRef },
) {
  switch (what) {
    case 'undo':
      return environment.run(createUndoActivity(parts), { ...input, undoId: 'c1.undo' });
    case 'resolve': {
      const said = { as: 'applied', result: { booked: 'tue-9' }, actId: 'act-1', maxResultBytes: 1_000 } as const;
      return environment.run(createResolveActivity(parts), { ...input, ...said });
    }
    default:
      return environment.run(createToolActivity(parts), input);
  }
}

void main(TOOLS[effect] as Tool);
