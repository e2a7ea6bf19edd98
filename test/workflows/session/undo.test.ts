/** Undoing calls, and stopping turns with it. */
import type { InterveneRequest, InterveneResult } from '../../../workflows/contracts/messages';
import type { SessionPolicy } from '../../../workflows/contracts/model';
import type { ToolCallReport, UndoInput } from '../../../workflows/contracts/tool';
import { plannedCall, POLICY, startScripted, SUCCEEDED, type Move, type Scripted } from './scripted-session';

const LEDGER = { name: 'default', id: 'ledger-1' };
const ids = ['t1.s1.c1-a', 't1.s1.c2-b', 't1.s1.c3-c'];
const call = (id: string, compensates = true) => ({
  ...plannedCall(id, 'book'),
  ledger: LEDGER,
  summary: `book(${id.slice(-1)})`,
  policy: { ...POLICY, ...(compensates ? { compensates } : {}) },
});
const FAILED: ToolCallReport = {
  outcome: { kind: 'failed', reason: 'tool_error', message: 'too late' },
  attempt: 1,
  ledger: 'ran',
};
const DOUBT: ToolCallReport = {
  outcome: { kind: 'unknown', message: 'the worker died' },
  attempt: 1,
  ledger: 'ran',
  unresolved: {
    ledger: 'default',
    callKey: 'k',
    idempotencyKey: 'k',
    effect: 'at-most-once',
    attempts: 1,
    bodyFailures: 0,
    startedAt: 1,
  },
};

function session(
  moves: readonly Move[],
  options: {
    readonly undo?: (input: UndoInput) => ToolCallReport | Promise<ToolCallReport>;
    readonly tool?: (id: string) => ToolCallReport | Promise<ToolCallReport>;
    readonly policy?: Partial<SessionPolicy>;
    readonly mode?: 'task';
  } = {},
): Scripted {
  return startScripted(moves, {
    tool: ({ id }) => options.tool?.(id) ?? SUCCEEDED,
    undo: options.undo,
    policy: options.policy,
    input: { mode: options.mode },
    resolve: () => ({ kind: 'resolved', as: 'applied', outcome: { kind: 'succeeded', result: null } }),
  });
}

const booked: readonly Move[] = [
  { kind: 'calls', calls: ids.map((id) => call(id, id !== ids[1])) },
  { kind: 'answer', text: 'booked' },
];

async function act(scripted: Scripted, request: InterveneRequest): Promise<InterveneResult> {
  const refusal = scripted.interventions.refusal(request);
  if (refusal) throw new Error(refusal.message);
  return (await scripted.interventions.intervene(request)) as InterveneResult;
}

const notes = ({ state }: Scripted) =>
  state.items.flatMap((item) => (item.kind === 'note' ? [[item.audience, item.reason, item.text]] : []));

async function finish(scripted: Scripted): Promise<void> {
  scripted.end();
  await scripted.finished;
}

describe('the act undo', () => {
  it('undoes a call that succeeded, once, and tells the model at its next call', async () => {
    const scripted = session([...booked, { kind: 'answer', text: 'so be it' }]);
    await scripted.send('m1');
    const undo = { actId: 'u1', act: 'undo', callId: ids[0] } as const;
    expect(await act(scripted, undo)).toEqual({
      kind: 'done',
      actId: 'u1',
      status: 'waiting_for_user',
      outcome: SUCCEEDED.outcome,
    });
    expect(scripted.activityIds.at(-1)).toBe(`${ids[0]}.undo`);
    expect(await act(scripted, undo)).toMatchObject({ kind: 'already_done', outcome: SUCCEEDED.outcome });
    await expect(act(scripted, { ...undo, actId: 'u2' })).rejects.toThrow(/was undone already/);
    await expect(act(scripted, { ...undo, callId: ids[2] })).rejects.toThrow(/act id u1 was used for another act/);
    await scripted.send('m2');
    expect(scripted.modelInputs.at(-1)?.items.map(({ kind }) => kind)).toEqual(['note', 'user']);
    expect(notes(scripted)).toEqual([['model', 'undone', expect.stringMatching(/book\(a\), had done was undone/)]]);
    await finish(scripted);
  });

  it.each([
    [ids[1], /cannot be undone.*those that can: t1\.s1\.c1-a, t1\.s1\.c3-c/],
    ['t9.s9.c9-z', /did not succeed in this session/],
  ])('is refused for %s', async (callId, words) => {
    const scripted = session(booked);
    await scripted.send('m1');
    await expect(act(scripted, { actId: 'u1', act: 'undo', callId })).rejects.toThrow(words);
    await finish(scripted);
  });

  it('is refused for a call that was answered with the outcome of another', async () => {
    const scripted = session(booked, {
      tool: () => ({ ...SUCCEEDED, outcome: { kind: 'succeeded', result: 1, sameAsCall: 't0' } }),
    });
    await scripted.send('m1');
    await expect(act(scripted, { actId: 'u1', act: 'undo', callId: ids[0] })).rejects.toThrow(/none can be/);
    await finish(scripted);
  });

  it('that fails leaves the call in force, says so, and can be tried again as another call', async () => {
    const asked: string[] = [];
    const undo = ({ undoId }: UndoInput) => (asked.push(undoId) < 3 ? FAILED : SUCCEEDED);
    const scripted = session(booked, { undo });
    await scripted.send('m1');
    expect(await act(scripted, { actId: 'u1', act: 'undo', callId: ids[0] })).toMatchObject({
      outcome: FAILED.outcome,
    });
    expect(notes(scripted)).toMatchObject([['model', 'undone', expect.stringMatching(/in vain.*too late/)]]);
    expect(scripted.undoing.problem(ids[0] as string)).toBeNull();
    for (const actId of ['u2', 'u3']) await act(scripted, { actId, act: 'undo', callId: ids[0] });
    // To the ledger it would be a repeat otherwise, which it answers with the failure.
    expect(asked).toEqual([`${ids[0]}.undo`, `${ids[0]}.undo2`, `${ids[0]}.undo3`]);
    expect(scripted.undoing.problem(ids[0] as string)).toMatch(/was undone already/);
    await finish(scripted);
  });

  it('in doubt waits like a call, holds no turn up, and is decided by resolve', async () => {
    const scripted = session([...booked, { kind: 'answer', text: 'meanwhile' }], { undo: () => DOUBT });
    await scripted.send('m1');
    const undoId = `${ids[0]}.undo`;
    expect(await act(scripted, { actId: 'u1', act: 'undo', callId: ids[0] })).toMatchObject({ outcome: DOUBT.outcome });
    expect(scripted.state).toMatchObject({
      status: 'waiting_for_human',
      reason: 'a person must say whether undo of book(a) happened',
    });
    await expect(act(scripted, { actId: 'u2', act: 'undo', callId: ids[0] })).rejects.toThrow(/being undone already/);
    expect(await scripted.send('m2')).toMatchObject({ kind: 'reply', text: 'meanwhile' });
    expect(scripted.state.status).toBe('waiting_for_human');
    await scripted.unresolved.resolve({ actId: 'r1', callId: undoId, as: 'applied', result: null });
    await new Promise(setImmediate);
    expect(scripted.resolveInputs).toMatchObject([{ tool: 'book', callId: undoId }]);
    expect(scripted.state.status).toBe('waiting_for_user');
    expect(scripted.undoing.problem(ids[0] as string)).toMatch(/was undone already/);
    expect(notes(scripted)).toHaveLength(1);
    await finish(scripted);
  });

  it('in the middle of a step puts its note after the outcomes', async () => {
    let go: () => void = () => undefined;
    const scripted = session(
      [
        { kind: 'calls', calls: [call(ids[0] as string)] },
        { kind: 'calls', calls: [call(ids[1] as string)] },
        { kind: 'answer', text: 'ok' },
      ],
      { tool: (id) => (id === ids[1] ? new Promise((tell) => (go = () => tell(SUCCEEDED))) : SUCCEEDED) },
    );
    const answer = scripted.send('m1');
    while (scripted.toolInputs.length < 2) await new Promise(setImmediate);
    await act(scripted, { actId: 'u1', act: 'undo', callId: ids[0] });
    go();
    await answer;
    expect(scripted.state.items.map(({ kind }) => kind)).toEqual([
      'user',
      'assistant',
      'outcome',
      'assistant',
      'outcome',
      'note',
      'assistant',
    ]);
    await finish(scripted);
  });
});

describe('the act stop', () => {
  it('is refused where no turn runs', async () => {
    const scripted = session(booked);
    await scripted.send('m1');
    await expect(act(scripted, { actId: 's1', act: 'stop' })).rejects.toThrow(/no turn is running/);
    await finish(scripted);
  });

  /** A turn that is stopped in the middle of its second step. */
  async function stopped(
    options: Parameters<typeof session>[1] & { readonly act?: Partial<InterveneRequest> } = {},
  ): Promise<{ readonly scripted: Scripted; readonly answer: unknown }> {
    let go: () => void = () => undefined;
    const moves: Move[] = [
      { kind: 'calls', calls: [call(ids[0] as string), call(ids[1] as string, false), call(ids[2] as string)] },
      { kind: 'calls', calls: [call('t1.s2.c1-d')] },
      { kind: 'answer', text: 'next turn' },
    ];
    const scripted = session(moves, {
      ...options,
      tool: (id) => (id === 't1.s2.c1-d' ? new Promise((tell) => (go = () => tell(SUCCEEDED))) : SUCCEEDED),
    });
    const answer = Promise.resolve(scripted.send('m1'));
    while (scripted.toolInputs.length < 4) await new Promise(setImmediate);
    await act(scripted, { actId: 's1', act: 'stop', by: 'ada', reason: 'wrong patient', ...options.act });
    if (scripted.state.stop)
      await expect(act(scripted, { actId: 's2', act: 'stop' })).rejects.toThrow(/stopped already/);
    go();
    return { scripted, answer: await answer };
  }

  it('answers the turn as stopped, records what was in flight, and goes on with the next message', async () => {
    const { scripted, answer } = await stopped();
    expect(answer).toEqual({
      kind: 'stopped',
      messageId: 'm1',
      turn: 1,
      reason: 'stopped_by_person',
      message: 'the turn was stopped by ada: wrong patient',
      session: 'open',
    });
    expect(scripted.state.items.filter(({ kind }) => kind === 'outcome')).toHaveLength(4);
    expect(scripted.activityIds.filter((id) => id.endsWith('.undo'))).toEqual([]);
    expect(notes(scripted)).toMatchObject([['model', 'turn_stopped', expect.stringMatching(/stopped by ada/)]]);
    expect(await scripted.send('m2')).toMatchObject({ kind: 'reply', text: 'next turn' });
    await finish(scripted);
  });

  const reversed = ['t1.s2.c1-d.undo', `${ids[2]}.undo`, `${ids[0]}.undo`];

  it.each([
    ['the act says so', { act: { onStop: 'compensate' } }],
    ["the agent's definition says so", { policy: { onStop: 'compensate' } }],
  ] as const)('undoes what the turn did, the last call first, where %s', async (_, options) => {
    const { scripted, answer } = await stopped(options);
    expect(scripted.activityIds.filter((id) => id.endsWith('.undo'))).toEqual(reversed);
    expect(answer).toMatchObject({
      message: 'the turn was stopped by ada: wrong patient; undone: book(d), book(c), book(a)',
    });
    await finish(scripted);
  });

  it('undoes nothing where the act says so, whatever the definition says', async () => {
    const { scripted } = await stopped({ policy: { onStop: 'compensate' }, act: { onStop: 'keep' } });
    expect(scripted.activityIds.filter((id) => id.endsWith('.undo'))).toEqual([]);
    await finish(scripted);
  });

  it('tells in the answer and to the model what could not be undone', async () => {
    const { scripted, answer } = await stopped({
      act: { onStop: 'compensate' },
      undo: ({ callId }) => (callId === ids[2] ? FAILED : SUCCEEDED),
    });
    expect(answer).toMatchObject({
      message: expect.stringMatching(
        /undone: book\(d\), book\(a\); could not be undone: book\(c\) \(too late\)$/,
      ) as unknown,
    });
    expect(notes(scripted).filter(([, , text]) => text?.includes('in vain'))).toHaveLength(1);
    await finish(scripted);
  });

  it('as end undoes too, before the session closes', async () => {
    const { scripted, answer } = await stopped({ act: { act: 'end', onStop: 'compensate' } });
    expect(answer).toMatchObject({
      kind: 'ended',
      reason: 'the session was ended by ada: wrong patient; undone: book(d), book(c), book(a)',
    });
    expect(await scripted.finished).toMatchObject({ reason: 'ended' });
  });

  it('happens by itself where the model fails', async () => {
    const scripted = session(
      [
        { kind: 'calls', calls: [call(ids[0] as string)] },
        { kind: 'failed', type: 'ModelBadRequest', message: 'no' },
      ],
      { policy: { onStop: 'compensate' } },
    );
    expect(await scripted.send('m1')).toMatchObject({ kind: 'stopped', message: 'no; undone: book(a)' });
    expect(scripted.activityIds.at(-1)).toBe(`${ids[0]}.undo`);
    await finish(scripted);
  });

  it('ends a task', async () => {
    const { scripted, answer } = await stopped({ mode: 'task' });
    expect(answer).toMatchObject({ kind: 'stopped', session: 'ended' });
    expect(await scripted.finished).toMatchObject({ status: 'stopped', reason: 'stopped_by_person' });
  });
});
