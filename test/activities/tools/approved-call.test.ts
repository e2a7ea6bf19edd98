/** A call that people approved: its tool is told by whom, and does not run where it is no longer the tool that they saw. */
import { z } from 'zod';
import { toolHashOf } from '../../../activities/approvals/tool-hash';
import { defineTool, type EffectClass, type Tool, type ToolContext } from '../../../agents';
import type { ApprovedBy } from '../../../workflows/contracts/approval';
import { claimOf, granted, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

type Approvable = Exclude<EffectClass, 'transactional' | 'reconcilable'>;

function payTool(effect: Approvable, run: (args: unknown, ctx: ToolContext) => unknown, description = 'Pays.'): Tool {
  return defineTool({ name: 'pay', description, effect, input: z.object({}), approval: 'always', run });
}

const approvedFor = (tool: Tool, over: Partial<ApprovedBy> = {}): ApprovedBy => ({
  toolHash: toolHashOf(tool),
  by: ['mia', 'noor'],
  at: 1,
  ...over,
});

const changedWords = expect.stringContaining('has changed since people approved this call') as string;

describe.each<Approvable>(['read', 'idempotent', 'at-most-once'])('a tool of the class %s', (effect) => {
  it('is told who approved, and nothing where nobody had to', async () => {
    const seen: unknown[] = [];
    const tool = payTool(effect, (_args, ctx) => seen.push('approvedBy' in ctx ? ctx.approvedBy : 'nobody'));
    const { call } = desk([tool], [await temporaryLedger()]);
    await call(tool, { input: { approved: approvedFor(tool) } });
    await call(tool, { callId: 't1.s1.c2-00000000' });
    expect(seen).toEqual([['mia', 'noor'], 'nobody']);
  });

  it('does not run where it is another one by now', async () => {
    const body = jest.fn();
    const seen = payTool(effect, body);
    const today = payTool(effect, body, 'Pays, and tells everybody.');
    const end = await desk([today], [await temporaryLedger()]).call(today, { input: { approved: approvedFor(seen) } });
    expect(end).toMatchObject({
      outcome: { kind: 'rejected', reason: 'not_permitted', message: changedWords },
      ledger: 'none',
    });
    expect(body).not.toHaveBeenCalled();
  });
});

test('a call that was settled before its tool changed answers as it is recorded', async () => {
  const body = jest.fn(() => 'paid');
  const seen = payTool('idempotent', body);
  const today = payTool('idempotent', body, 'Pays, and tells everybody.');
  const ledger = await temporaryLedger();
  const input = { approved: approvedFor(seen) };
  const first = await desk([seen], [ledger]).call(seen, { input });
  const second = await desk([today], [ledger]).call(today, { input });
  expect(first).toMatchObject({ outcome: { kind: 'succeeded', result: 'paid' }, ledger: 'ran' });
  expect(second).toMatchObject({ outcome: { kind: 'succeeded', result: 'paid' }, ledger: 'replayed' });
  expect(body).toHaveBeenCalledTimes(1);
});

test('a call whose attempt died before its tool changed is left to a person', async () => {
  const body = jest.fn();
  const seen = payTool('idempotent', body);
  const today = payTool('idempotent', body, 'Pays, and tells everybody.');
  const ledger = await temporaryLedger();
  const dead = claimOf('x', { args: {}, tool: 'pay', effect: 'idempotent', leaseMs: 1 });
  granted(await ledger.claimToolCall({ ...dead, callKey: 'ns-1/t1.s1.c1-00000000' }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  const end = await desk([today], [ledger]).call(today, { input: { approved: approvedFor(seen) } });
  expect(end).toMatchObject({ outcome: { kind: 'unknown' }, unresolved: { effect: 'idempotent' } });
  expect(body).not.toHaveBeenCalled();
});

test.each<[string, object]>([
  ['no hash', { toolHash: 'x' }],
  ['nobody', { by: 'mia' }],
  ['no time', { at: undefined }],
])('an approval with %s is not read', async (_what, over) => {
  const tool = payTool('read', () => null);
  const end = await desk([tool], []).call(tool, { input: { approved: approvedFor(tool, over) } });
  expect(end).toMatchObject({ thrown: 'BadActivityInput', message: expect.stringContaining('approved') as string });
});
