/** What is left of a body that has ended: it can send nothing any more, since whoever has the call next counts on that. */
import { z } from 'zod';
import { defineTool, NotApplied, type ToolContext } from '../../../agents';
import { temporaryLedger } from '../ledger/temporary-ledger';
import { policy } from './charging';
import { desk } from './tool-harness';

it.each([
  ['at-most-once', () => new Error('the other half failed')],
  ['idempotent', () => new Error('the other half failed')],
  ['idempotent', () => new NotApplied('not now')],
  ['read', () => new Error('the other half failed')],
] as const)('a branch of a body of class %s goes on after it failed: nothing is sent', async (effect, why) => {
  const ledger = await temporaryLedger();
  let goOn = () => undefined as void;
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  let sent: Promise<string> | undefined;
  const branch = async (ctx: ToolContext) => {
    await gate;
    await ctx.fetch('data:,charged');
    return 'sent';
  };
  const tool = defineTool({
    name: 'charge',
    description: 'charges',
    effect,
    input: z.object({}),
    run: (_args, ctx): never => {
      sent = branch(ctx).catch((error: unknown) => String(error));
      throw why();
    },
  });
  await desk([tool], [ledger]).call(tool, { policy });
  goOn();
  expect(await sent).toMatch(/has ended/);
});

it('a request that is on its way when its body fails is broken off', async () => {
  const ledger = await temporaryLedger();
  let signal: AbortSignal | undefined;
  const tool = defineTool({
    name: 'charge',
    description: 'charges',
    effect: 'idempotent',
    input: z.object({}),
    run: (_args, ctx): never => {
      signal = ctx.signal;
      throw new Error('the other half failed');
    },
  });
  await desk([tool], [ledger]).call(tool, { policy });
  expect(signal?.aborted).toBe(true);
});
