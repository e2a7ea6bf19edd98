import { findAgent } from '../../../activities/model/find-agent';
import { createRegistry, defineAgent } from '../../../agents';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import { asTransfer } from './family-fixture';
import { failureOf } from './model-fixture';

const registry = createRegistry([defineAgent({ name: 'receptionist', instructions: 'x', model: 'm' })]);
const find = (over: Partial<ModelCallInput>, waitedMs: number, attempt = 1) =>
  failureOf(
    Promise.resolve().then(() =>
      findAgent(registry, { agent: 'orders', ...over } as ModelCallInput, attempt, waitedMs),
    ),
  );
const words = 'there is no agent named "orders"; the agents of this worker are: receptionist';

describe('an agent that this worker does not have', () => {
  test('is not waited for where the user asked for it', async () => {
    expect(await find({}, 0)).toMatchObject({ type: 'UnknownAgent', nonRetryable: true, message: words });
  });

  test('is waited for a little where another agent handed over: newer workers may have it', async () => {
    for (const waitedMs of [0, 2_000, 9_900]) {
      expect(await find({ child: asTransfer }, waitedMs, 1 + waitedMs / 2_000)).toMatchObject({
        type: 'UnknownAgent',
        nonRetryable: false,
        nextRetryDelay: 2_000,
        message: words,
        details: [{ names: ['receptionist'] }],
      });
    }
    expect(await find({ child: asTransfer }, 10_000, 6)).toMatchObject({
      type: 'UnknownAgent',
      nonRetryable: true,
      message: words,
      details: [{ names: ['receptionist'] }],
    });
  });

  test('is waited for as long as a deploy takes once the child has run', async () => {
    const child = { child: asTransfer, definitionHash: 'h' };
    expect(await find(child, 60_000, 4)).toMatchObject({ nonRetryable: false, nextRetryDelay: 60_000 });
    expect(await find(child, 600_000, 8)).toMatchObject({ nonRetryable: true });
  });
});
