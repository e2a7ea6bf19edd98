import { MAX_BRIEF_BYTES } from '../../../activities/model/brief-bound';
import type { PlanContext } from '../../../activities/model/plan';
import { createRegistry, defineAgent, delegateTo } from '../../../agents';
import { asTransfer, clerk, orders, planOf, refused } from './family-fixture';

const one = async (tool: string, args: unknown, over: Partial<PlanContext> = {}) =>
  (await planOf([[tool, args]], over)).calls[0];
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
/** A brief of so many bytes of JSON, of characters that take three. */
function briefOf(bytes: number) {
  const rest = bytes - bytesOf({ reason: 'r', request: '' });
  return { reason: 'r', request: '客'.repeat(Math.floor(rest / 3)) + 'x'.repeat(rest % 3) };
}

test('a brief of a handoff is 16 KB of JSON at most', async () => {
  expect(bytesOf(briefOf(MAX_BRIEF_BYTES))).toBe(16_384);
  expect(await one('transfer_to_orders', briefOf(MAX_BRIEF_BYTES))).toMatchObject({ kind: 'transfer' });
  const words =
    /the brief is 16385 bytes of JSON, and at most 16384 are taken: say what the other agent needs in fewer words/;
  const brief = briefOf(MAX_BRIEF_BYTES + 1);
  expect(await one('transfer_to_orders', brief)).toEqual(refused('invalid_arguments', words));
  expect(await one('transfer_to_abroad', { count: 1 })).toMatchObject({ kind: 'transfer' });
  expect(await one('hand_back', brief, { agent: orders, child: asTransfer })).toEqual(
    refused('invalid_arguments', words),
  );
});

test('one that is too long hinders no other of the same answer', async () => {
  const { calls } = await planOf([
    ['transfer_to_orders', briefOf(20_000)],
    ['transfer_to_orders', briefOf(200)],
  ]);
  expect(calls.map(({ kind }) => kind)).toEqual(['refused', 'transfer']);
});

test('what a delegate is asked, and what it is told, is no more', async () => {
  expect(await one('ask_clerk', { task: 'x'.repeat(16_000) })).toMatchObject({ kind: 'delegate' });
  expect(await one('ask_clerk', { task: 'x'.repeat(16_400) })).toEqual(
    refused('invalid_arguments', /what is asked is 164\d\d bytes of JSON, and at most 16384 are taken/),
  );
  const asking = defineAgent({
    name: 'asking',
    instructions: 'x',
    model: 'm',
    delegates: [delegateTo('clerk', { prompt: ({ task }) => task.repeat(100) })],
  });
  const over = { agent: asking, registry: createRegistry([asking, clerk]) };
  expect(await one('ask_clerk', { task: 'x'.repeat(160) }, over)).toMatchObject({ kind: 'delegate' });
  expect(await one('ask_clerk', { task: 'x'.repeat(170) }, over)).toEqual(
    refused('invalid_arguments', /what the agent clerk would be told is 17002 bytes of JSON, and at most 16384/),
  );
});
