import {
  checkInterveneRequest,
  checkSendRequest,
  checkSessionId,
  checkSessionInput,
  MAX_MESSAGE_BYTES,
} from '../../../workflows/contracts/check-messages';

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
  ])('intervene refuses %s', (_, value, problem) => {
    expect(checkInterveneRequest(value)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /a session expects \{ v: 1, agent/],
    ['another version', { v: 2, agent: 'a' }, /v must be 1, got 2/],
    ['no agent', { v: 1 }, /agent must be a name/],
    ['a bad mode', { v: 1, agent: 'a', mode: 'chat' }, /mode must be/],
    ['steps out of bounds', { v: 1, agent: 'a', limits: { steps: 0 } }, /limits.steps must be an integer of 1 to 1000/],
    ['NaN steps', { v: 1, agent: 'a', limits: { steps: NaN } }, /limits.steps/],
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

  it('knows a session id when it sees one', () => {
    expect(checkSessionId('tenant:42@clinic.example').ok).toBe(true);
    for (const id of ['', 'a/h1', 'ä', 'x'.repeat(201), 3, null]) expect(checkSessionId(id).ok).toBe(false);
  });
});
