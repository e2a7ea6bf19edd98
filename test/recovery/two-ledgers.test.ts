/**
 * Two workers on one task queue, by mistake with files of their own: the second has the same agents, and a ledger and a calendar that
 * know nothing. It refuses before any effect, and the session goes on when the right worker is there.
 */
import { script } from '../../examples/receptionist/script';
import { FAILURE_TYPES } from '../../workflows/contracts';
import { readCalendar } from '../support/calendar-world';
import { eventually, within } from '../support/eventually';
import { expectInvariants } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';
import { ledgerCalls } from '../support/session-evidence';

const WRONG = 'wrong';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage({ agents: 'receptionist', script });
});
afterEach(() => stage?.close());

/** Words of the last failure of the session's pending activity, once it has one of the type. */
async function refusedBecause(sessionId: string): Promise<string> {
  return eventually('an attempt to be refused by the wrong worker', async () => {
    const { raw } = await stage.temporal.workflow.getHandle(sessionId).describe();
    const failure = raw.pendingActivities?.[0]?.lastFailure;
    return failure?.applicationFailureInfo?.type === FAILURE_TYPES.ledgerMismatch && (failure.message ?? undefined);
  });
}

async function expectUntouchedByTheWrongOne(sessionId: string): Promise<void> {
  const { appointments, effects } = readCalendar(stage.calendarFile(WRONG));
  expect({ appointments, effects }).toEqual({ appointments: [], effects: [] });
  const { runId } = await stage.temporal.workflow.getHandle(sessionId).describe();
  expect(await ledgerCalls(stage, runId, WRONG)).toEqual([]);
}

test('the second refuses the tool call before any effect, and the session finishes with the right worker', async () => {
  const sessionId = `${stage.taskQueue}-tool`;
  const armed = await stage.startWorker({ crashAt: 'tool.before-intent[book_appointment]' });
  const sent = stage.client.send(
    { sessionId, agent: 'receptionist', text: 'book 1007 2027-03-03T09:00/okafor Check-up', messageId: 'm-1' },
    { timeoutMs: 55_000 },
  );
  await within('the armed worker to die', 30_000, armed.exited);
  const wrong = await stage.startWorker({ files: WRONG });
  expect(await refusedBecause(sessionId)).toMatch(
    /nothing was run\. Give all workers of this task queue the same ledger/,
  );
  expect(readCalendar(stage.calendarFile()).appointments).toEqual([]);
  await expectUntouchedByTheWrongOne(sessionId);

  await stage.startWorker();
  expect(await wrong.stop()).toEqual({ code: 0, signal: null });
  expect(await sent).toMatchObject({ kind: 'reply', turn: 1 });
  await expectInvariants(stage, sessionId);
  await expectUntouchedByTheWrongOne(sessionId);
  expect(readCalendar(stage.calendarFile()).appointments).toMatchObject([{ status: 'booked', times_requested: 1 }]);
});

test('the second refuses the model call before it asks the model', async () => {
  const sessionId = `${stage.taskQueue}-model`;
  const send = (messageId: string, text: string) =>
    stage.client.send({ sessionId, agent: 'receptionist', text, messageId }, { timeoutMs: 55_000 });
  const right = await stage.startWorker();
  expect(await send('m-1', 'find Maria Kovacs 1985-06-14')).toMatchObject({ kind: 'reply', turn: 1 });
  expect(await right.stop()).toEqual({ code: 0, signal: null });
  const asked = stage.model.requests().length;

  const wrong = await stage.startWorker({ files: WRONG });
  const sent = send('m-2', 'book 1007 2027-03-03T09:00/okafor Check-up');
  expect(await refusedBecause(sessionId)).toMatch(/give all workers of this task queue the same ledger/);
  expect(stage.model.requests()).toHaveLength(asked);
  await expectUntouchedByTheWrongOne(sessionId);

  await stage.startWorker();
  expect(await wrong.stop()).toEqual({ code: 0, signal: null });
  expect(await sent).toMatchObject({ kind: 'reply', turn: 2 });
  await expectInvariants(stage, sessionId);
  await expectUntouchedByTheWrongOne(sessionId);
  expect(stage.model.requests()).toHaveLength(asked + 2);
});
