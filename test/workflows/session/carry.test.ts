/** What one run hands to the next. The kept carries are as released versions wrote them: each is read for ever, and none is ever written anew. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Carry } from '../../../workflows/contracts/continuation';
import { utf8Length } from '../../../workflows/contracts/json';
import { NO_BOUNDING } from '../../../workflows/session/bounding';
import { decodeCarry, encodeCarry, MAX_CARRY_BYTES, restoreSession } from '../../../workflows/session/carry';
import { Mailbox } from '../../../workflows/session/mailbox';
import type { SessionState } from '../../../workflows/session/session-state';
import { statusView, transcriptView } from '../../../workflows/session/views';

const folder = path.join(__dirname, 'carries');
const names = readdirSync(folder);
const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Carry;
const restored = (carry: unknown): SessionState => {
  const decoded = decodeCarry(carry);
  if ('problem' in decoded) throw new Error(decoded.problem);
  return restoreSession('session-1', { v: 1, agent: 'clerk', carry: decoded.carry }, decoded.carry, 0);
};
const full = read('v1-full.json');

describe('a kept carry', () => {
  it.each(names)('%s is read, and handed on as it was', (name) => {
    const carry = read(name);
    expect(encodeCarry(restored(carry))).toEqual({ ...carry, run: carry.run + 1 });
  });

  it.each(names)('%s is a session that answers for what was before it', (name) => {
    const carry = read(name);
    const state = restored(carry);
    const mailbox = new Mailbox(state, () => 0);
    for (const { messageId, answer } of carry.messages) {
      expect(mailbox.answer(messageId)).toMatchObject(answer ? { kind: 'answered', answer } : { kind: 'in_progress' });
    }
    const { status, run, turn, conversationLength } = statusView(state);
    expect({ status, run, turn }).toEqual({ status: carry.status, run: carry.run, turn: carry.turn });
    const stored = carry.segments.reduce((sum, { length }) => sum + length, 0);
    expect(conversationLength).toBe(stored + carry.tail.length);
    expect(transcriptView(state, { from: stored })).toMatchObject({ items: carry.tail, total: conversationLength });
    for (const segment of carry.segments) {
      const page = transcriptView(state, { from: segment.from });
      expect(page).toMatchObject({ items: [], stored: segment, next: segment.from + segment.length });
    }
  });

  it('with calls and compensations in doubt has them wait, oldest first', () => {
    expect([...restored(full).unresolved.values()].map(({ callId, args }) => [callId, args])).toEqual([
      ['t3.s1.c1-aa.undo2', { callId: 't3.s1.c1-aa' }],
      ['t4.s2.c1-aa', { cents: 7 }],
    ]);
  });
});

describe('a carry that cannot be read', () => {
  it('that lacks a count, as a version that had none would hand it on, begins it with 0: a bound has to be a number', () => {
    const { steps: _, ...turn } = NO_BOUNDING.turn;
    const state = restored({ ...full, bounding: { ...NO_BOUNDING, turn: { ...turn, tokens: 7 } } });
    expect(state.bounding.turn).toEqual({ ...NO_BOUNDING.turn, tokens: 7 });
  });

  it.each([
    [7, 'carry must be what an earlier run handed on'],
    [{ ...full, v: 2 }, 'this version reads version 1 of what an earlier run handed on, and this is version 2'],
    [{ ...full, v: undefined }, 'and this is version none'],
    [{ ...full, run: -1 }, 'carry.run must be a whole number from 0'],
    [{ ...full, status: 'completed' }, 'carry.status must be one of running, waiting_for_user, waiting_for_human'],
    [{ ...full, segments: [{ hash: 'x' }] }, 'carry.segments[0].ledger must be an object'],
    [{ ...full, tail: ['x'] }, 'carry.tail[0] must be an object with a kind'],
    [{ ...full, queue: [{ messageId: 'm' }] }, 'carry.queue[0].text must be a text'],
    [{ ...full, ledgers: { default: 1 } }, 'carry.ledgers.default must be a text'],
    [{ ...full, bounding: {} }, 'carry.bounding.turn must be an object'],
    [
      { ...full, bounding: { ...NO_BOUNDING, noticed: { sameCall: { count: 1, rungs: 0, last: 5 } } } },
      'carry.bounding.noticed.sameCall.last must be a list',
    ],
    [{ ...full, waitingUndos: [{}] }, 'carry.waitingUndos[0].call must be an object'],
    [
      { ...full, runningStep: { calls: [{ call: { kind: 'run' } }] } },
      'carry.runningStep.calls[0].call.id must be a text',
    ],
  ])('is told apart in words (%#)', (carry, words) => {
    const decoded = decodeCarry(carry);
    expect('problem' in decoded && decoded.problem).toContain(words);
  });

  it('is any from which a field is missing that is always there', () => {
    const least = read('v1-least.json');
    for (const field of Object.keys(least)) {
      const { [field as keyof Carry]: _, ...rest } = least;
      expect([field, 'problem' in decodeCarry(rest)]).toEqual([field, true]);
    }
  });
});

describe('what is too large to be handed on whole', () => {
  const reply = (index: number, chars: number) =>
    ({ kind: 'reply', messageId: `m-${index}`, turn: index, text: '\u{1f600}'.repeat(chars / 2) }) as const;
  const withAnswers = (count: number, chars: number): SessionState =>
    restored({
      ...full,
      messages: Array.from({ length: count }, (_, index) => ({
        messageId: `m-${index}`,
        content: 'f',
        answer: reply(index, chars),
      })),
    });

  it('loses the ends of its oldest answers, and says so in them', () => {
    const messages = encodeCarry(withAnswers(200, 4_000))?.messages ?? [];
    expect(messages).toHaveLength(200);
    expect(messages[0]?.answer).toEqual({
      ...reply(0, 2_000),
      partial: 'cut: the whole answer is in the transcript',
    });
    expect(messages.at(-1)?.answer).toEqual(reply(199, 4_000));
    const whole = messages.filter(({ answer }) => !(answer?.kind === 'reply' && answer.partial));
    expect(utf8Length(JSON.stringify(whole))).toBeLessThan(310_000);
  });

  it('is made to fit a payload by what repeats and displays can do without', () => {
    const state = withAnswers(200, 40_000);
    const big = { kind: 'succeeded', result: 'y'.repeat(30_000) } as const;
    for (let index = 0; index < 200; index += 1) {
      state.acts.set(`act-${index}`, { act: 'undo', callId: 'c', content: 'g', outcome: big });
    }
    state.lastAnswer = 'z'.repeat(1_500_000);
    const carry = encodeCarry(state);
    expect(utf8Length(JSON.stringify(carry))).toBeLessThanOrEqual(MAX_CARRY_BYTES);
    expect(carry?.acts.at(-1)).toEqual({ actId: 'act-199', done: { act: 'undo', callId: 'c', content: 'g' } });
    expect(carry?.lastAnswer).toHaveLength(2_000);
    expect(decodeCarry(JSON.parse(JSON.stringify(carry)))).toHaveProperty('carry');
  });

  it('is made to fit also where what was answered takes many times its length as JSON', () => {
    const state = withAnswers(0, 0);
    for (let index = 0; index < 200; index += 1) {
      const answer = { ...reply(index, 0), text: '\u0001'.repeat(10_000) };
      state.messages.set(`m-${index}`, { content: 'f', answer });
    }
    state.queue.push({ messageId: 'm-q', text: 'q'.repeat(500_000) });
    const carry = encodeCarry(state);
    expect(carry?.messages).toHaveLength(200);
    expect(carry?.messages[0]?.answer).toMatchObject({ partial: 'cut: the whole answer is in the transcript' });
  });

  it('is not handed on where that is not enough', () => {
    const state = restored(full);
    state.queue.push({ messageId: 'm-9', text: 'q'.repeat(1_700_000) });
    expect(encodeCarry(state)).toBeUndefined();
  });

  it('remembers the last 200 acts and calls that can be undone, and each that is just being undone', () => {
    const state = restored(full);
    const [, underway] = state.undoable;
    for (let index = 0; index < 300; index += 1) {
      state.acts.set(`act-${index}`, { act: 'stop', content: 'g' });
      if (underway) state.undoable.push({ ...underway, callId: `c-${index}`, undo: undefined });
    }
    const carry = encodeCarry(state);
    expect(carry?.acts.map(({ actId }) => actId)).toEqual(
      Array.from({ length: 200 }, (_, index) => `act-${index + 100}`),
    );
    expect(carry?.undoable).toHaveLength(201);
    expect(carry?.undoable[0]).toEqual(underway);
  });

  it('remembers all calls of the running turn that can be undone: its stop may undo them', () => {
    const state = restored(full);
    const [call] = state.undoable;
    if (!call || !state.active) throw new Error('the kept carry has no such call or no running turn');
    state.undoable.splice(0);
    for (let index = 0; index < 800; index += 1) {
      const turn = index < 300 ? state.turn - 1 : state.turn;
      state.undoable.push({ ...call, callId: `c-${index}`, turn, undo: undefined });
    }
    const ids = encodeCarry(state)?.undoable.map((each) => (each as unknown as { callId: string }).callId);
    expect(ids).toEqual(Array.from({ length: 500 }, (_, at) => `c-${at + 300}`));
    for (let index = 800; index < 8_000; index += 1)
      state.undoable.push({ ...call, callId: `c-${index}`, turn: state.turn });
    // There is an end to it: a session that cannot go on in another run is lost with all that it did.
    const last = encodeCarry(state)?.undoable ?? [];
    expect(last).toHaveLength(200);
    expect(last.at(-1)).toMatchObject({ callId: 'c-7999' });
  });
});
