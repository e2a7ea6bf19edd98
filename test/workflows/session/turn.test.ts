import type { ConversationItem } from '../../../workflows/contracts/conversation';
import { canonicalJson, fingerprint } from '../../../workflows/contracts/json';
import type { PlannedCall } from '../../../workflows/contracts/tool';
import { plannedCall, startScripted, SUCCEEDED, type Scripted } from './scripted-session';

const kinds = (items: readonly ConversationItem[]) => items.map((item) => item.kind);
const outcomes = (session: Scripted) => session.state.items.flatMap((item) => (item.kind === 'outcome' ? [item] : []));

async function finish(session: Scripted): Promise<void> {
  session.end();
  await session.finished;
}

describe('a turn', () => {
  it('ends with the reply when the model answers', async () => {
    const session = startScripted([{ kind: 'answer', text: 'hello' }]);
    expect(await session.send('m1', 'hi')).toEqual({ kind: 'reply', messageId: 'm1', turn: 1, text: 'hello' });
    expect(kinds(session.state.items)).toEqual(['user', 'assistant']);
    expect(session.state.status).toBe('waiting_for_user');
    await finish(session);
  });

  it('runs the calls a model asks for and asks it again with their outcomes, as a delta', async () => {
    const session = startScripted([
      { kind: 'calls', calls: [plannedCall('t1.s1.c1-a')] },
      { kind: 'answer', text: 'booked' },
    ]);
    await session.send('m1');
    expect(kinds(session.state.items)).toEqual(['user', 'assistant', 'outcome', 'assistant']);
    const [first, second] = session.modelInputs;
    expect(kinds(first!.items)).toEqual(['user']);
    expect(first!.base).toEqual({ length: 0, digest: '' });
    expect(kinds(second!.items)).toEqual(['outcome']);
    expect(second!.base).toEqual({ length: 2, digest: 'd1.1' });
    expect(second!.ledgers).toEqual({ default: 'ledger-1' });
    expect(session.toolInputs).toMatchObject([
      { tool: 'book', callId: 't1.s1.c1-a', keyNamespace: 'run-1', agent: 'clerk' },
    ]);
    await finish(session);
  });

  it('runs parallel calls in parallel, at most as many as the policy says, and keeps their order', async () => {
    let running = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const calls = ['a', 'b', 'c', 'd', 'e'].map((name) => plannedCall(`t1.s1.c1-${name}`));
    const session = startScripted(
      [
        { kind: 'calls', calls },
        { kind: 'answer', text: 'all done' },
      ],
      {
        tool: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise<void>((resolve) => {
            release.push(resolve);
            // The last to arrive lets the newest go first, so that the order of ends is not the order of starts.
            if (release.length >= 2) release.pop()?.();
            else setImmediate(() => release.shift()?.());
          });
          running -= 1;
          return SUCCEEDED;
        },
      },
    );
    await session.send('m1');
    expect(most).toBe(2);
    expect(outcomes(session).map((item) => item.callId)).toEqual(calls.map((call) => call.id));
    await finish(session);
  });

  it('answers refused calls without running them', async () => {
    const outcome = { kind: 'rejected', reason: 'unknown_tool', message: 'no tool bok; did you mean book?' } as const;
    const session = startScripted([
      { kind: 'calls', calls: [{ kind: 'refused', id: 't1.s1.c1-a', tool: 'bok', outcome, summary: 'bok()' }] },
      { kind: 'answer', text: 'sorry' },
    ]);
    await session.send('m1');
    expect(session.toolInputs).toEqual([]);
    expect(outcomes(session)).toMatchObject([{ callId: 't1.s1.c1-a', outcome }]);
    await finish(session);
  });

  it('asks once more without tools past the steps limit, and says that the answer is partial', async () => {
    const call = (step: number) => ({ kind: 'calls', calls: [plannedCall(`t1.s${step}.c1-a`)] }) as const;
    const session = startScripted([call(1), call(2), call(3), { kind: 'answer', text: 'so far: two of three' }]);
    expect(await session.send('m1')).toEqual({
      kind: 'reply',
      messageId: 'm1',
      turn: 1,
      text: 'so far: two of three',
      partial: 'steps_limit: 3 steps were used',
    });
    expect(session.modelInputs.map((input) => input.purpose)).toEqual(['step', 'step', 'step', 'final']);
    expect(session.modelInputs[3]!.items.at(-1)).toMatchObject({
      kind: 'note',
      audience: 'model',
      reason: 'steps_limit',
    });
    await finish(session);
  });

  it('gives a partial answer and an outcome to each call even when the model calls tools in its last answer', async () => {
    const session = startScripted(
      [
        { kind: 'calls', calls: [plannedCall('t1.s1.c1-a')] },
        { kind: 'calls', calls: [plannedCall('t1.s2.c1-b')] },
      ],
      { input: { limits: { steps: 1 } } },
    );
    const answer = await session.send('m1');
    expect(answer).toMatchObject({ kind: 'reply', partial: 'steps_limit: 1 steps were used' });
    expect(outcomes(session).map((item) => [item.callId, item.outcome.kind])).toEqual([
      ['t1.s1.c1-a', 'succeeded'],
      ['t1.s2.c1-b', 'rejected'],
    ]);
    expect(session.toolInputs).toHaveLength(1);
    await finish(session);
  });

  it('gives the user words when even the last call fails', async () => {
    const session = startScripted(
      [
        { kind: 'calls', calls: [plannedCall('t1.s1.c1-a')] },
        { kind: 'failed', type: 'ModelUnavailable', message: '503' },
      ],
      { input: { limits: { steps: 1 } } },
    );
    expect(await session.send('m1')).toMatchObject({
      kind: 'reply',
      partial: expect.any(String),
      text: expect.stringContaining('1 steps'),
    });
    expect(session.state.items.at(-1)).toMatchObject({
      kind: 'note',
      audience: 'model',
      text: expect.stringContaining('the user was told'),
    });
    await finish(session);
  });

  it('sends an unusable answer back with the problem, and stops the turn after the declared repairs', async () => {
    const session = startScripted([
      { kind: 'repair', problem: 'the answer was empty' },
      { kind: 'repair', problem: 'the answer was cut' },
    ]);
    expect(await session.send('m1')).toMatchObject({
      kind: 'stopped',
      reason: 'repairs_exhausted',
      session: 'open',
      message: expect.stringContaining('the answer was cut'),
    });
    expect(session.modelInputs[1]!.items.at(-1)).toMatchObject({
      reason: 'repair',
      text: 'please mend: the answer was empty',
    });
    expect(session.state.status).toBe('waiting_for_user');
    await finish(session);
  });

  it('stops the turn, not the session, when the model cannot be had, and the next message goes on', async () => {
    const session = startScripted([
      { kind: 'failed', type: 'ModelUnavailable', message: 'the provider answered 503' },
      { kind: 'answer', text: 'back again' },
    ]);
    expect(await session.send('m1')).toMatchObject({ kind: 'stopped', reason: 'ModelUnavailable', session: 'open' });
    expect(await session.send('m2')).toMatchObject({ kind: 'reply', text: 'back again', turn: 2 });
    await finish(session);
  });

  it('counts what was spent, requests that were cut off included', async () => {
    const session = startScripted([{ kind: 'answer', text: 'hello' }]);
    await session.send('m1');
    expect(session.state.usage).toEqual({
      modelCalls: 1,
      toolCalls: 0,
      inputTokens: 10,
      outputTokens: 5,
      microUsd: 1000,
      unpricedCalls: 0,
      cutOffMicroUsd: 0,
    });
    await finish(session);
  });

  it('leaves no call without an outcome when it is ended in the middle', async () => {
    const calls = ['a', 'b', 'c'].map((name) => plannedCall(`t1.s1.c1-${name}`));
    const session: Scripted = startScripted([{ kind: 'calls', calls }], {
      tool: () => {
        session.end();
        return SUCCEEDED;
      },
    });
    expect(await session.send('m1')).toMatchObject({ kind: 'ended', status: 'completed' });
    await session.finished;
    const found = outcomes(session).map((item) => item.outcome.kind);
    expect(found).toHaveLength(3);
    expect(found.filter((kind) => kind === 'cancelled').length).toBeGreaterThanOrEqual(1);
  });

  it('names an outcome of some size instead of sending it again', async () => {
    const outcome = { kind: 'succeeded', result: 'x'.repeat(2_000) } as const;
    const session = startScripted(
      [
        { kind: 'calls', calls: [plannedCall('t1.s1.c1-a'), plannedCall('t1.s1.c2-b')] },
        { kind: 'answer', text: 'read' },
      ],
      { tool: (call) => ({ ...SUCCEEDED, ...(call.id === 't1.s1.c1-a' ? { outcome } : {}) }) },
    );
    await session.send('m1');
    const print = fingerprint(canonicalJson(outcome));
    expect(session.modelInputs[1]).toMatchObject({
      items: [],
      readBackTo: 4,
      base: { length: 2 },
      outline: [
        { kind: 'reported', callId: 't1.s1.c1-a', print },
        { kind: 'outcome', callId: 't1.s1.c2-b', outcome: SUCCEEDED.outcome },
      ],
    });
    await finish(session);
  });

  it('has a large delta read back instead of sending it', async () => {
    const big = 'x'.repeat(600_000);
    const session = startScripted(
      [
        { kind: 'calls', calls: [plannedCall('t1.s1.c1-a'), plannedCall('t1.s1.c2-b')] },
        { kind: 'answer', text: 'read' },
      ],
      { tool: () => ({ ...SUCCEEDED, outcome: { kind: 'succeeded', result: big } }) },
    );
    await session.send('m1');
    expect(session.modelInputs[1]).toMatchObject({ items: [], readBackTo: 4, base: { length: 2 } });
    await finish(session);
  });
});

describe('what another version may send', () => {
  it('a planned call of an unknown kind is never run, and is rejected in words', async () => {
    const later = { ...plannedCall('t1.s1.c1-a'), kind: 'ask_first' } as unknown as PlannedCall;
    const session = startScripted([
      { kind: 'calls', calls: [later] },
      { kind: 'answer', text: 'understood' },
    ]);
    expect(await session.send('m1')).toMatchObject({ kind: 'reply', text: 'understood' });
    expect(session.toolInputs).toEqual([]);
    expect(outcomes(session)).toMatchObject([
      {
        callId: 't1.s1.c1-a',
        outcome: { kind: 'rejected', message: expect.stringMatching(/does not know calls of the kind "ask_first"/) },
      },
    ]);
    await finish(session);
  });
});

describe('a conversation that could not be read back', () => {
  it('is sent whole with the next message, so that one bad base does not stop the session for good', async () => {
    const session = startScripted([
      { kind: 'answer', text: 'hello' },
      { kind: 'failed', type: 'ConversationUnavailable', message: 'not the conversation the last model call saw' },
      { kind: 'answer', text: 'there you are' },
    ]);
    await session.send('m1');
    expect(await session.send('m2')).toMatchObject({ kind: 'stopped', session: 'open' });
    expect(await session.send('m3')).toMatchObject({ kind: 'reply', text: 'there you are' });
    const last = session.modelInputs.at(-1)!;
    expect(last.base).toEqual({ length: 0, digest: '' });
    expect(kinds(last.items)).toEqual(['user', 'assistant', 'user', 'note', 'user']);
    await finish(session);
  });
});
