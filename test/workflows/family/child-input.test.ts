/** What a child is begun with is what its own checks let through, however long the names above it are. */
import { checkSessionInput } from '../../../workflows/contracts';
import type { SessionInput } from '../../../workflows/contracts/session';
import { newRecord, NO_FAMILY, type ChildRecord } from '../../../workflows/session/children';
import { childInput, contractFor } from '../../../workflows/session/child-input';
import { newSession, type SessionState } from '../../../workflows/session/session-state';

const DEEPEST = 10;

/** The input of the 999,999th child. */
function childOf(state: SessionState): SessionInput {
  state.family = { ...NO_FAMILY, next: 999_999 };
  const callId = 't1.s1.c1-x';
  const contract = contractFor(state, { role: 'delegate', callId, from: 'a', brief: {}, slice: { microUsd: 5 } });
  const known = { child: 'h999999', agent: 'a', role: 'delegate', callId, granted: {}, since: 1 } as const;
  const record: ChildRecord = { ...newRecord({ ...known, contract }), request: { messageId: 'ask', text: 'Do.' } };
  return childInput(state, record);
}

test('whatever key namespace a first session may have, those of all its children are legal too', () => {
  const keyNamespace = 'n'.repeat(300);
  let input: SessionInput = { v: 1, agent: 'a', keyNamespace };
  expect(checkSessionInput(input).ok).toBe(true);
  for (let depth = 1; depth <= DEEPEST; depth += 1) {
    const state = newSession('s', input, input.keyNamespace ?? '', 1);
    input = childOf(state);
    expect(checkSessionInput(input)).toMatchObject({ ok: true });
  }
  expect(input.keyNamespace).toHaveLength(380);
});

test.each<[string, Partial<SessionInput>]>([
  ['of a first session', { keyNamespace: 'n'.repeat(301) }],
  ['of a child', { ...childOf(newSession('s', { v: 1, agent: 'a' }, 'n', 1)), keyNamespace: 'n'.repeat(381) }],
])('a key namespace that is too long is refused: %s', (_whose, input) => {
  expect(checkSessionInput({ v: 1, agent: 'a', ...input })).toMatchObject({
    ok: false,
    problem: expect.stringContaining('keyNamespace') as string,
  });
});
