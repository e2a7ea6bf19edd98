import {
  checkInterveneRequest,
  checkResolveRequest,
  checkSendRequest,
  checkSessionId,
  checkSessionInput,
  MAX_GIVEN_RESULT_BYTES,
  MAX_MESSAGE_BYTES,
} from '../../../workflows/contracts';

const limited = (limits: unknown) => ({ v: 1, agent: 'a', limits });
const EXTEND = { actId: 'a', act: 'extend', bound: 'turn.steps', amount: 5 };
const parsed = (text: string): unknown => JSON.parse(text);

describe('what comes into a session is checked before it touches anything', () => {
  it.each<[string, unknown, RegExp]>([
    ['null', null, /send expects \{ messageId, text, agent\? \}, got null/],
    ['a text', 'hi', /got a string/],
    ['an array', [], /got an array/],
    ['an undecodable payload', { $undecodable: { encoding: 'x' } }, /could not be decoded/],
    ['no id', { text: 'hi' }, /messageId must be/],
    ['an id with a space', { messageId: 'a b', text: 'hi' }, /messageId must be/],
    ['an id of 201 characters', { messageId: 'x'.repeat(201), text: 'hi' }, /messageId must be/],
    ['no text', { messageId: 'm' }, /text must be a string, got nothing/],
    ['an empty text', { messageId: 'm', text: ' \n' }, /text is empty/],
    [
      'a text past the bound',
      { messageId: 'm', text: 'é'.repeat(MAX_MESSAGE_BYTES / 2 + 1) },
      /is 262146 bytes, at most 262144/,
    ],
    ['half a surrogate pair', { messageId: 'm', text: 'ab\ud800' }, /surrogate pair at index 2/],
    ['a misspelt field', { messageId: 'm', text: 'hi', agnet: 'x' }, /does not know the field "agnet"/],
    ['a bad agent name', { messageId: 'm', text: 'hi', agent: 'a.b' }, /agent must be a name/],
    [
      'a polluting key',
      parsed('{"messageId":"m","text":"hi","__proto__":{"isAdmin":true}}'),
      /__proto__ is a key that is not allowed/,
    ],
  ])('send refuses %s', (_, value, problem) => {
    expect(checkSendRequest(value)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it('takes a message as it is, text unchanged to the code unit', () => {
    const text = 'Grüße 👩‍⚕️ \u202e \u0000 ﷽';
    expect(checkSendRequest({ messageId: 'm-1', text })).toEqual({ ok: true, value: { messageId: 'm-1', text } });
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown act', { actId: 'a', act: 'explode' }, /does not know the act "explode"; the acts are: end/],
    ['no act id', { act: 'end' }, /actId must be/],
    ['a number for a name', { actId: 'a', act: 'end', by: 3 }, /by must be a text of 1 to 200/],
    ['undo without a call', { actId: 'a', act: 'undo' }, /undo expects callId/],
    ['undo of what is no call', { actId: 'a', act: 'undo', callId: 'a b' }, /undo expects callId/],
    ['a call for the act end', { actId: 'a', act: 'end', callId: 'c' }, /the act end takes no callId/],
    ['an unknown onStop', { actId: 'a', act: 'stop', onStop: 'undo' }, /onStop must be one of: keep, compensate/],
    ['onStop for undo', { actId: 'a', act: 'undo', callId: 'c', onStop: 'keep' }, /undo takes no onStop/],
    ['a misspelt field', { actId: 'a', act: 'stop', onstop: 'keep' }, /does not know the field "onstop"/],
    ['a bound for the act stop', { actId: 'a', act: 'stop', bound: 'turn.steps' }, /the act stop takes no bound/],
    [
      'an amount for the act undo',
      { actId: 'a', act: 'undo', callId: 'c', amount: 1 },
      /the act undo takes no amount; only extend does/,
    ],
    ['onStop for extend', { ...EXTEND, onStop: 'keep' }, /the act extend takes no onStop/],
    ['a call for extend', { ...EXTEND, callId: 'c' }, /the act extend takes no callId/],
    ['extend without a bound', { ...EXTEND, bound: undefined }, /bound must be one of: call.tokens, .*, got nothing/],
    ['extend of what is no bound', { ...EXTEND, bound: 'turn.dollars' }, /turn\.microUsd.*got the text "turn.dollars"/],
    ['a bound of every object', { ...EXTEND, bound: 'turn.toString' }, /bound must be one of/],
    ['a list as the bound', { ...EXTEND, bound: ['turn.steps'] }, /got a list/],
    ['extend without an amount', { ...EXTEND, amount: undefined }, /expects amount, a whole number of steps/],
    ['extend by nothing', { ...EXTEND, amount: 0 }, /amount must be a whole number of steps from 1 to .*, got 0/],
    ['extend by less than nothing', { ...EXTEND, amount: -5 }, /got -5/],
    ['extend by NaN', { ...EXTEND, amount: NaN }, /amount must be a whole number of steps, got NaN/],
    ['extend without end', { ...EXTEND, amount: Infinity }, /got Infinity/],
    ['an amount past what can be added up', { ...EXTEND, amount: 2 ** 53 }, /from 1 to 1,000,000,000, got/],
    ['an amount as a text', { ...EXTEND, amount: '10' }, /got the text "10"/],
    ['dollars where micro-dollars are meant', { ...EXTEND, bound: 'turn.microUsd', amount: 0.5 }, /\$0\.5 is 500000/],
    ['a duration', { ...EXTEND, bound: 'turn.wallClockMs', amount: '10m' }, /of milliseconds, got the text "10m"/],
  ])('intervene refuses %s', (_, value, problem) => {
    expect(checkInterveneRequest(value)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it.each([
    { actId: 'a', act: 'end' },
    { actId: 'a', act: 'stop', onStop: 'compensate', by: 'ada', reason: 'because' },
    { actId: 'a', act: 'undo', callId: 't1.s2.c3-0123abcd' },
    { ...EXTEND, by: 'ada', reason: 'nearly there' },
    { actId: 'a', act: 'extend', bound: 'session.microUsd', amount: 1_000_000_000_000 },
    { actId: 'a', act: 'extend', bound: 'detector.toolFailures', amount: 1 },
  ])('intervene takes %j as it is', (value) => {
    expect(checkInterveneRequest(value)).toEqual({ ok: true, value });
  });

  const absent = { actId: 'a', callId: 't1.s1.c1-0123abcd', as: 'absent' };

  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /resolve expects \{ actId, callId, as/],
    ['what could not be decoded', { $undecodable: 'x' }, /could not be decoded/],
    ['no act id', { ...absent, actId: undefined }, /actId must be/],
    ['no call', { ...absent, callId: undefined }, /callId must be the id of a call/],
    ['a call id with a line in it', { ...absent, callId: 'c\n' }, /callId must be the id of a call/],
    ['another decision', { ...absent, as: 'maybe' }, /as must be one of: applied, absent, give_up, got "maybe"/],
    ['a result with absent', { ...absent, result: 1 }, /result is taken with as "applied" only/],
    ['applied without a result', { ...absent, as: 'applied' }, /"applied" expects result/],
    [
      'a huge result',
      { ...absent, as: 'applied', result: 'x'.repeat(MAX_GIVEN_RESULT_BYTES) },
      /result is more than 262144 bytes of JSON/,
    ],
    [
      'a result that is huge in UTF-8 only',
      { ...absent, as: 'applied', result: 'é'.repeat(MAX_GIVEN_RESULT_BYTES / 2) },
      /result is 262146 bytes of JSON, at most 262144/,
    ],
    ['half a surrogate pair', { ...absent, as: 'applied', result: { a: ['\ud800'] } }, /half of a surrogate pair/],
    [
      'a polluting key',
      { ...absent, as: 'applied', result: parsed('{"__proto__":{"isAdmin":true}}') },
      /__proto__ is a key that is not allowed/,
    ],
    ['a misspelt field', { ...absent, because: 'x' }, /does not know the field "because"/],
  ])('resolve refuses %s', (_, value, problem) => {
    expect(checkResolveRequest(value)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it.each([
    absent,
    { ...absent, as: 'give_up', by: 'ada', reason: 'nobody knows' },
    { ...absent, as: 'applied', result: null },
    { ...absent, as: 'applied', result: { text: '\\ud800 \\\\ud800 👩‍⚕️' }, callId: 't1.s1.c1-0123abcd.undo' },
  ])('resolve takes %j as it is', (value) => {
    expect(checkResolveRequest(value)).toEqual({ ok: true, value });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /a session expects \{ v: 1, agent/],
    ['another version', { v: 2, agent: 'a' }, /v must be 1, got 2/],
    ['no agent', { v: 1 }, /agent must be a name/],
    ['a bad mode', { v: 1, agent: 'a', mode: 'chat' }, /mode must be/],
    [
      'steps out of bounds',
      { v: 1, agent: 'a', limits: { steps: 0 } },
      /limits.steps must be a whole number of steps from 1 to 1,000, got 0/,
    ],
    ['NaN steps', { v: 1, agent: 'a', limits: { steps: NaN } }, /limits.steps/],
    ['a negative limit', limited({ turn: { tokens: -1 } }), /limits\.turn\.tokens must be .* from 1 to .*, got -1/],
    ['NaN as a limit', limited({ session: { microUsd: NaN } }), /limits\.session\.microUsd must be .*, got NaN/],
    ['a limit in dollars', limited({ session: { microUsd: 2.5 } }), /micro-dollars, got 2\.5; \$2\.5 is 2500000/],
    ['a limit as a text', limited({ turn: { wallClockMs: '10m' } }), /of milliseconds, got the text "10m"/],
    ['a scope that is no object', limited({ turn: 5 }), /limits\.turn must be an object, got 5/],
    ['a bound that calls do not have', limited({ call: { steps: 3 } }), /limits\.call does not know "steps"; it takes/],
    [
      'a turn that may use more than the session',
      limited({ turn: { tokens: 9 }, session: { tokens: 8 } }),
      /limits\.turn\.tokens is 9, above limits\.session\.tokens, which is 8/,
    ],
    [
      'two bounds under one meaning',
      limited({ steps: 3, turn: { steps: 4 } }),
      /limits\.steps is 3 and limits\.turn\.steps is 4/,
    ],
    ['another word for ask', limited({ onLimit: 'pause' }), /limits\.onLimit must be "ask" or "stop"/],
    ['a time to ask nobody', limited({ onLimit: 'stop', askMs: 1 }), /with limits\.onLimit "stop" nobody is/],
    ['runs that would be over at once', { v: 1, agent: 'a', continueAfter: { events: 19 } }, /continueAfter\.events/],
    ['tiny runs', { v: 1, agent: 'a', continueAfter: { bytes: 49_999 } }, /bytes from 50,000 to .*, got 49999/],
    ['runs of one update', { v: 1, agent: 'a', continueAfter: { updates: 1 } }, /updates from 2 to 2,000, got 1/],
    ['a misspelt threshold', { v: 1, agent: 'a', continueAfter: { event: 50 } }, /continueAfter does not know "event"/],
    ['a carry that is none', { v: 1, agent: 'a', carry: 'x' }, /carry must be what an earlier run handed on/],
    ['a carry that was not decoded', { v: 1, agent: 'a', carry: { $undecodable: {} } }, /could not be decoded/],
    [
      'a carry without a version',
      { v: 1, agent: 'a', carry: { run: 2 } },
      /carry must say its version in v, got nothing/,
    ],
    ['an unknown limit', { v: 1, agent: 'a', limits: { dollars: 3 } }, /limits does not know "dollars"/],
    [
      'an unknown search attribute',
      { v: 1, agent: 'a', searchAttributes: ['Mine'] },
      /searchAttributes must be a list out of/,
    ],
    [
      'an attribute of every object',
      { v: 1, agent: 'a', searchAttributes: ['toString'] },
      /searchAttributes must be a list/,
    ],
    ['a tenant with NUL', { v: 1, agent: 'a', tenant: 'a\0b' }, /tenant holds a control character/],
    [
      'a first message for another agent',
      { v: 1, agent: 'a', message: { messageId: 'm', text: 'x', agent: 'b' } },
      /for the agent b, and the session is with a/,
    ],
    ['a bad first message', { v: 1, agent: 'a', message: { text: 'x' } }, /message: messageId must be/],
  ])('a session refuses to start with %s', (_, value, problem) => {
    expect(checkSessionInput(value)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it.each([
    limited({
      steps: 1000,
      turn: { repairs: 0, wallClockMs: 60_000 },
      session: { microUsd: 500_000 },
      onLimit: 'stop',
    }),
    limited({ call: { tokens: 10 }, turn: { tokens: 10 }, session: { tokens: 10 }, onLimit: 'ask', askMs: 1 }),
    limited({}),
    { v: 1, agent: 'a', continueAfter: { events: 20, bytes: 50_000, updates: 2 } },
    { v: 1, agent: 'a', fieldOfALaterVersion: { any: ['thing'] } },
  ])('a session starts with %j', (value) => {
    expect(checkSessionInput(value)).toEqual({ ok: true, value });
  });

  it('does not judge what a run hands on by what was said in it', () => {
    const said = parsed(`${'['.repeat(200)}${']'.repeat(200)}`);
    const carry = { v: 1, run: 2, tail: [{ kind: 'outcome', result: { constructor: said } }] };
    expect(checkSessionInput({ v: 1, agent: 'a', carry })).toEqual({ ok: true, value: { v: 1, agent: 'a', carry } });
  });

  it('knows a session id when it sees one', () => {
    expect(checkSessionId('tenant:42@clinic.example').ok).toBe(true);
    for (const id of ['', 'a/h1', 'ä', 'x'.repeat(201), 3, null]) expect(checkSessionId(id).ok).toBe(false);
  });
});
