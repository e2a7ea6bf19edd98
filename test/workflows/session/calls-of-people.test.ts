/** What people do to one call: cancel it while it runs, or say what counts in place of its outcome. */
import { statusView } from '../../../workflows/session/views';
import { act, Door, slowAct, told } from './acting';
import { settled } from './limited';
import { charge, DOUBT } from './in-doubt';
import { plannedCall, startScripted, SUCCEEDED, type Move, type Scripted } from './scripted-session';
import type { ToolCallReport } from '../../../workflows/contracts/tool';

const A = 't1.s1.c1-a';
const B = 't1.s1.c2-b';
const calls = (...ids: readonly string[]): Move => ({ kind: 'calls', calls: ids.map((id) => plannedCall(id)) });
const says = (text: string): Move => ({ kind: 'answer', text });
const CANCELLED: ToolCallReport = {
  outcome: { kind: 'cancelled', message: 'the turn was stopped while this call ran; it changes nothing' },
  attempt: 1,
  ledger: 'none',
};
const outcomes = ({ state }: Scripted) =>
  state.items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : []));

/** A session whose call A runs, and is cancelled to `report`; B waits behind it. */
async function running(report: ToolCallReport) {
  const door = new Door();
  const cancelled: string[] = [];
  const session = startScripted([calls(A, B), says('done')], {
    policy: { parallelCalls: 1 },
    cancelCall: (id) => cancelled.push(id),
    tool: async ({ id }) => {
      if (id !== A) return SUCCEEDED;
      await door.opened;
      return report;
    },
  });
  void session.send('m1');
  await settled();
  return { session, door, cancelled };
}

describe('cancel_call', () => {
  it('cancels that call alone, says who did, and answers with what became of it', async () => {
    const { session, door, cancelled } = await running(CANCELLED);
    const answer = slowAct(session, 'cancel_call', { actId: 'c1', callId: A, reason: 'too slow' });
    expect(cancelled).toEqual([A]);
    door.open();
    const outcome = { kind: 'cancelled', message: 'the call was cancelled while it ran by ada: too slow' };
    expect(await answer).toEqual({ kind: 'done', actId: 'c1', status: 'running', outcome });
    await settled();
    expect(outcomes(session)).toMatchObject([outcome, { kind: 'succeeded' }]);
    expect(session.mailbox.answer('m1')).toMatchObject({ answer: { kind: 'reply', text: 'done' } });
    expect(session.timers).toMatchObject([{ ms: 10_000, stopped: true }]);
    expect(act(session, 'cancel_call', { actId: 'c1', callId: A, reason: 'too slow' })).toMatchObject({
      kind: 'already_done',
      outcome,
    });
    expect(told(session)).toContain('record: call_cancelled');
  });

  it('that came too late says what the call did', async () => {
    const { session, door } = await running(SUCCEEDED);
    const answer = slowAct(session, 'cancel_call', { callId: A });
    door.open();
    expect(await answer).toMatchObject({ kind: 'done', outcome: { kind: 'succeeded' } });
  });

  it('answers after 10 seconds without the outcome, which a repeat is told later', async () => {
    const { session, door } = await running(CANCELLED);
    const answer = slowAct(session, 'cancel_call', { actId: 'c1', callId: A });
    session.timers[0]!.fire();
    expect(await answer).toEqual({ kind: 'done', actId: 'c1', status: 'running' });
    expect(act(session, 'cancel_call', { actId: 'c1', callId: A })).toEqual({
      kind: 'already_done',
      actId: 'c1',
      status: 'running',
    });
    door.open();
    await settled();
    expect(act(session, 'cancel_call', { actId: 'c1', callId: A })).toMatchObject({ outcome: { kind: 'cancelled' } });
  });

  it('is refused for calls that do not run, and says what to do', async () => {
    const { session, door } = await running(SUCCEEDED);
    expect(act(session, 'cancel_call', { callId: B })).toMatchObject({
      message: expect.stringMatching(/has not begun yet.*"stop"/),
    });
    expect(act(session, 'cancel_call', { callId: 'nope' })).toMatchObject({
      message: `no call nope runs; those that do: ${A}`,
    });
    door.open();
    await settled();
    expect(act(session, 'cancel_call', { callId: A })).toMatchObject({
      message: expect.stringMatching(/come to its end already \(succeeded\)/),
    });
    expect(act(session, 'cancel_call', { callId: 'nope' })).toMatchObject({ message: 'no call nope runs; none does' });
  });

  it('cancels a call that runs again, since a person said that it had not happened', async () => {
    const door = new Door();
    let runs = 0;
    const session = startScripted([{ kind: 'calls', calls: [charge(A)] }, says('done')], {
      tool: async () => {
        runs += 1;
        if (runs === 1) return DOUBT;
        await door.opened;
        return CANCELLED;
      },
      resolve: () => ({ kind: 'absent' }),
    });
    void session.send('m1');
    await settled();
    void session.unresolved.resolve({ actId: 'r1', callId: A, as: 'absent' });
    await settled();
    expect(act(session, 'replace_outcome', { callId: A, result: 1 })).toMatchObject({
      message: expect.stringMatching(/no outcome yet/),
    });
    const answer = slowAct(session, 'cancel_call', { callId: A });
    door.open();
    expect(await answer).toMatchObject({ kind: 'done', outcome: { kind: 'cancelled' } });
  });

  it('is refused for one in doubt and for one that waits for approval', async () => {
    const approval = { reason: 'money', toolHash: 't', approvals: 1, stages: [{}] };
    const session = startScripted(
      [{ kind: 'calls', calls: [charge(A), { ...plannedCall(B), kind: 'approval', approval }] }],
      { tool: () => DOUBT },
    );
    void session.send('m1');
    await settled();
    expect(act(session, 'cancel_call', { callId: A })).toMatchObject({ message: expect.stringMatching(/"resolve"/) });
    expect(act(session, 'cancel_call', { callId: B })).toMatchObject({ message: expect.stringMatching(/"decide"/) });
    expect(act(session, 'replace_outcome', { callId: A, result: 1 })).toMatchObject({
      message: expect.stringMatching(/"resolve"/),
    });
    expect(act(session, 'replace_outcome', { callId: B, result: 1 })).toMatchObject({
      message: expect.stringMatching(/"decide"/),
    });
  });
});

describe('replace_outcome', () => {
  const failed: ToolCallReport = {
    outcome: { kind: 'failed', reason: 'tool_error', message: 'the line is dead' },
    attempt: 1,
    ledger: 'ran',
  };

  it('leaves the outcome where it is, and tells the model behind it what counts', async () => {
    const session = startScripted([calls(A), says('sorry'), says('fine')], { tool: () => failed });
    await session.send('m1');
    expect(act(session, 'replace_outcome', { callId: A, result: { slot: 7 }, reason: 'by phone' })).toMatchObject({
      kind: 'done',
    });
    await session.send('m2');
    expect(told(session)).toEqual([
      'user: text of m1',
      `calls: ${A}`,
      `outcome: ${A} failed`,
      'agent: sorry',
      'model: outcome_replaced',
      'user: text of m2',
      'agent: fine',
    ]);
    expect(session.state.items[4]).toMatchObject({
      by: 'ada',
      callId: A,
      detail: { result: { slot: 7 } },
      text: expect.stringMatching(/^ada, a person, .*by phone.*\{"slot":7\}$/),
    });
    expect(statusView(session.state).recent).toContainEqual(
      expect.objectContaining({ id: A, outcome: 'failed', replacedBy: 'ada' }),
    );
    expect(act(session, 'replace_outcome', { callId: A, result: 8 })).toMatchObject({
      message: expect.stringMatching(/replaced already, by ada/),
    });
  });

  it('of a call whose step still runs is told behind the step', async () => {
    const door = new Door();
    const session = startScripted([calls(A, B), says('done')], {
      tool: async ({ id }) => {
        if (id === A) return failed;
        await door.opened;
        return SUCCEEDED;
      },
    });
    void session.send('m1');
    await settled();
    expect(act(session, 'replace_outcome', { callId: B, result: 1 })).toMatchObject({
      message: expect.stringMatching(/no outcome yet/),
    });
    expect(act(session, 'replace_outcome', { callId: A, result: null })).toMatchObject({ kind: 'done' });
    door.open();
    await settled();
    expect(told(session).slice(2)).toEqual([
      `outcome: ${A} failed`,
      `outcome: ${B} succeeded`,
      'model: outcome_replaced',
      'agent: done',
    ]);
  });

  it('is refused for a call that succeeded, and for one that nobody knows', async () => {
    const session = startScripted([calls(A), says('done')]);
    await session.send('m1');
    expect(act(session, 'replace_outcome', { callId: A, result: 1 })).toMatchObject({
      message: expect.stringMatching(/succeeded, so there is no outcome to replace/),
    });
    expect(act(session, 'replace_outcome', { callId: 'nope', result: 1 })).toMatchObject({
      message: expect.stringMatching(/none can be replaced/),
    });
  });
});

it('revoke takes a standing decision back, and is refused for one that was never given', async () => {
  const session = startScripted([]);
  await settled();
  session.state.standing.push({ by: 'bob', actId: 's1', at: 1, tool: 'book', toolHash: 't' });
  expect(act(session, 'revoke', { standing: 's2' })).toMatchObject({
    message: expect.stringMatching(/no standing decision s2.*: s1$/),
  });
  expect(statusView(session.state).standing).toHaveLength(1);
  expect(act(session, 'revoke', { standing: 's1' })).toMatchObject({ kind: 'done' });
  expect(statusView(session.state)).not.toHaveProperty('standing');
  expect(act(session, 'revoke', { standing: 's1' })).toMatchObject({ message: expect.stringMatching(/none is given/) });
  expect(told(session)).toEqual(['record: revoked']);
});
