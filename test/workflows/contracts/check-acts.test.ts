/** The acts of people and their decisions, as they come in: what is wrong is said in a sentence, and nothing else is taken. */
import {
  checkDecideRequest,
  checkInterveneRequest,
  type DecideRequest,
  type InterveneRequest,
} from '../../../workflows/contracts';

const act = (name: string, more: object = {}) => ({ actId: 'a1', act: name, by: 'ada', ...more });
const HASH = 'a'.repeat(64);
const decision = (more: object = {}) => ({
  actId: 'a1',
  callId: 'c1',
  decision: 'approve',
  argsHash: HASH,
  by: 'ada',
  ...more,
});
const edit = (args: unknown) => decision({ decision: 'edit', args });
const parsed = (text: string): unknown => JSON.parse(text);

describe('the acts of people', () => {
  it.each<InterveneRequest>([
    { actId: 'a', act: 'end' },
    { actId: 'a', act: 'stop', onStop: 'compensate' },
    { actId: 'a', act: 'pause', by: 'ada', reason: 'lunch' },
    { actId: 'a', act: 'resume', by: 'ada' },
    { actId: 'a', act: 'note', text: ' as it is\n👩‍⚕️ ', by: 'ada' },
    { actId: 'a', act: 'speak', text: 'hello', by: 'Ada O’Neill, MD' },
    { actId: 'a', act: 'take_over', by: 'ada' },
    { actId: 'a', act: 'hand_back', by: 'ada' },
    { actId: 'a', act: 'cancel_call', callId: 't1.s1.c1-0a', by: 'ada' },
    { actId: 'a', act: 'replace_outcome', callId: 't1.s1.c1-0a', result: null, by: 'ada' },
    { actId: 'a', act: 'revoke', standing: 'decision-1', by: 'ada' },
  ])('are taken as they are: $act', (value) => {
    expect(checkInterveneRequest(value)).toEqual({ ok: true, value });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^intervene expects \{ actId, act.* got nothing/],
    ['a list', [act('pause')], /got an array/],
    ['what could not be decoded', { $undecodable: {} }, /could not be decoded/],
    ['an act nobody knows', act('juggle'), /does not know the act "juggle"; the acts are: end, stop,/],
    ['an act of every object', act('toString'), /does not know the act "toString"/],
    ['an act that is no text', act(7 as never), /does not know the act a number/],
    ['a field nobody knows', act('pause', { untill: 5 }), /does not know the field "untill"/],
    ['a key of prototypes', parsed('{"actId":"a","act":"pause","by":"ada","__proto__":{"by":"eve"}}'), /__proto__/],
    ['no id', { act: 'pause', by: 'ada' }, /actId must be/],
    ['an id with a space', act('pause', { actId: 'a b' }), /actId must be/],
    ['nobody who pauses', { actId: 'a', act: 'pause' }, /pause expects by: who does it/],
    ['an empty name', act('pause', { by: '' }), /by must be a text of 1 to 200/],
    ['a blank name', act('pause', { by: '  ' }), /by is empty/],
    ['a name with ESC', act('take_over', { by: 'ada\u001b[2J' }), /by holds a control character/],
    ['a name of two lines', act('resume', { by: 'ada\nby: root' }), /by holds a control character/],
    ['a name that is none', act('pause', { by: { name: 'ada' } }), /by must be a text .* got an object/],
    ['a long name', act('pause', { by: 'a'.repeat(201) }), /by must be a text of 1 to 200/],
    ['half a character as a reason', act('pause', { reason: '\ud800' }), /reason holds half of a surrogate pair/],
    ['a note without words', act('note'), /note expects text, got nothing/],
    ['a blank note', act('note', { text: ' \n ' }), /note: text is empty/],
    ['a note that is no text', act('note', { text: ['x'] }), /note expects text, got an array/],
    ['a note of 1 MB', act('note', { text: 'x'.repeat(1_000_000) }), /text is 1000000 bytes, at most 65536/],
    [
      'a note of 1 MB in the reason',
      act('note', { text: 'x', reason: 'x'.repeat(1_000_000) }),
      /reason must be a text of 1 to 2000/,
    ],
    ['half a character', act('speak', { text: 'x\udc00' }), /half of a surrogate pair/],
    ['words with a pause', act('pause', { text: 'x' }), /the act pause takes no text; only note, speak does/],
    [
      'a call with a note',
      act('note', { text: 'x', callId: 'c' }),
      /takes no callId; only undo, cancel_call, replace_outcome/,
    ],
    ['onStop with a pause', act('pause', { onStop: 'keep' }), /the act pause takes no onStop/],
    ['no call to cancel', act('cancel_call'), /cancel_call expects callId/],
    ['a call that is no id', act('cancel_call', { callId: '../x' }), /cancel_call expects callId, the id of a call/],
    [
      'no result',
      act('replace_outcome', { callId: 'c' }),
      /replace_outcome expects result: what the tool would have returned/,
    ],
    ['a result of 65 KB', act('replace_outcome', { callId: 'c', result: 'x'.repeat(66_000) }), /result is .*65536/],
    [
      'a result with a poisoned key',
      act('replace_outcome', { callId: 'c', result: parsed('{"a":{"__proto__":1}}') }),
      /__proto__/,
    ],
    ['no decision to revoke', act('revoke'), /revoke expects standing: the actId of the decision/],
    ['a scope to revoke', act('revoke', { standing: { upTo: 5 } }), /revoke expects standing/],
  ])('are refused with %s', (_, value, problem) => {
    expect(checkInterveneRequest(value)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it('of the first version are taken without a name, as ever', () => {
    for (const name of ['end', 'stop']) expect(checkInterveneRequest({ actId: 'a', act: name }).ok).toBe(true);
    expect(checkInterveneRequest({ actId: 'a', act: 'undo', callId: 'c', by: 'two\nlines' }).ok).toBe(true);
  });
});

describe('decisions', () => {
  it.each<object>([
    decision(),
    decision({ standing: {} }),
    decision({ standing: { upTo: 12.5 }, reason: 'a regular' }),
    decision({ decision: 'reject', reason: 'two lines\nare fine' }),
    decision({ decision: 'edit', args: {}, standing: { upTo: 0 } }),
    decision({ signature: 'e30.e30.c2ln' }),
  ])('are taken as they are: %j', (value) => {
    expect(checkDecideRequest(value)).toEqual({ ok: true, value: value as DecideRequest });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /^decide expects \{ actId, callId, decision, argsHash.* got null/],
    ['what could not be decoded', { $undecodable: {} }, /could not be decoded/],
    ['a field nobody knows', decision({ role: 'admin' }), /does not know the field "role"/],
    ['a key of prototypes', parsed(`{"constructor":{}}`), /constructor/],
    ['nobody', { ...decision(), by: undefined }, /decide expects by: who does it/],
    ['a name with a bell', decision({ by: 'ada\u0007' }), /by holds a control character/],
    ['no call', decision({ callId: undefined }), /callId must be the id of a call/],
    ['a call out of a path', decision({ callId: 'a/b' }), /callId must be the id of a call/],
    [
      'another word',
      decision({ decision: 'approved' }),
      /decision must be one of: approve, reject, edit, got "approved"/,
    ],
    ['no hash', decision({ argsHash: undefined }), /argsHash must be the hash of the arguments that were seen/],
    ['a hash in capitals', decision({ argsHash: 'A'.repeat(64) }), /64 hexadecimal digits/],
    ['half a hash', decision({ argsHash: 'a'.repeat(32) }), /64 hexadecimal digits/],
    [
      'arguments without an edit',
      decision({ args: {} }),
      /args are taken with the decision "edit" only, not with "approve"/,
    ],
    ['an edit without arguments', edit(undefined), /edit expects args, the arguments to run with, got nothing/],
    ['a list of arguments', edit([1]), /edit expects args, .* got an array/],
    ['arguments of 1 MB', edit({ text: 'x'.repeat(1_000_000) }), /args is .* 262144/],
    ['a poisoned argument', edit(parsed('{"a":[{"__proto__":{"admin":true}}]}')), /__proto__/],
    ['half a character', edit({ a: '\ud800' }), /args holds half of a surrogate pair/],
    [
      'a rejection that stands',
      decision({ decision: 'reject', standing: {} }),
      /standing is taken with the decisions "approve" and "edit" only/,
    ],
    ['true that stands', decision({ standing: true }), /standing must be \{\} or \{ upTo: an amount \}, got a boolean/],
    ['a misspelt amount', decision({ standing: { upto: 5 } }), /standing does not know the field "upto"/],
    ['an amount below 0', decision({ standing: { upTo: -1 } }), /standing\.upTo must be a number from 0/],
    ['an amount without end', decision({ standing: { upTo: Infinity } }), /standing\.upTo must be a number from 0/],
    ['an amount as a text', decision({ standing: { upTo: '5' } }), /standing\.upTo must be a number from 0/],
    ['a signature that is none', decision({ signature: { jws: 'x' } }), /signature must be a compact JWS/],
    ['a long signature', decision({ signature: 'x'.repeat(8_193) }), /at most 8192 characters/],
  ])('are refused with %s', (_, value, problem) => {
    expect(checkDecideRequest(value)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });
});
