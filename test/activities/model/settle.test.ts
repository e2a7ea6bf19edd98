/** A model call that was broken off: what it cost is booked, and nothing of it asks again. */
import { createModelSettleActivity } from '../../../activities/model/settle-activity';
import type { ModelSettleInput } from '../../../workflows/contracts/model';
import { chatBody } from './scripted-server';
import { DEFAULT_ID, environmentOf, failureOf, startFixture, type Fixture } from './model-fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

const RUN = { workflowExecution: { workflowId: 's-1', runId: 'run-a' } };
const settle = (input: Partial<ModelSettleInput> = {}, ledgers = new Map([['default', fixture.ledger]])) =>
  environmentOf(RUN).run(createModelSettleActivity({ ledgers }), {
    agent: 'receptionist',
    sessionId: 's-1',
    keyNamespace: 'run-1',
    callId: 't1.s1.m',
    ...input,
  });

test('requests without an answer are given at their estimates, and a late attempt asks no more', async () => {
  fixture.server.script((response) => response.destroy());
  await failureOf(fixture.run({}, { info: RUN }));
  const report = await settle();
  expect(report).toEqual({
    cutOff: [
      {
        attempt: 1,
        usage: { inputTokens: expect.any(Number) as number, outputTokens: 1_024, estimated: true },
        cost: { kind: 'priced', microUsd: expect.any(Number) as number },
      },
    ],
  });
  expect(await settle()).toEqual(report);
  const late = await failureOf(fixture.run({}, { info: { ...RUN, attempt: 2 } }));
  expect(late).toMatchObject({ type: 'ModelCallClosed', nonRetryable: true });
  expect(fixture.server.seen).toHaveLength(1);
});

test('an answer that nobody was told of is given with what it cost', async () => {
  fixture.server.script({ body: chatBody({ text: 'Hi' }) });
  const turn = await fixture.run({}, { info: RUN });
  expect(await settle()).toEqual({ cutOff: [], answered: { usage: turn.usage, cost: turn.billed } });
});

test('a call that was never begun cost nothing', async () => {
  expect(await settle()).toEqual({ cutOff: [] });
});

test('the session goes on asking after a reset, which is another run of it', async () => {
  await settle();
  fixture.server.script({ body: chatBody({ text: 'Hi' }) });
  const again = { workflowExecution: { workflowId: 's-1', runId: 'run-b' } };
  expect(await fixture.run({}, { info: again })).toMatchObject({ decision: { kind: 'answer' } });
});

test('another ledger than the session’s is no place to look', async () => {
  const failure = await failureOf(settle({ ledgers: { default: 'another' } }));
  expect(failure).toMatchObject({ type: 'LedgerMismatch', nonRetryable: false });
  expect((await failureOf(settle({}, new Map()))).message).toMatch(/no ledger named "default"/);
  expect(await settle({ ledgers: { default: DEFAULT_ID } })).toEqual({ cutOff: [] });
});

test('an input that cannot be read is refused in words', async () => {
  const failure = await failureOf(settle({ callId: 7 as unknown as string }));
  expect(failure).toMatchObject({ type: 'BadActivityInput', nonRetryable: true });
  expect(failure.message).toMatch(/callId must be texts/);
});
