/** Facts that are found out twice. */
import { newSession } from '../../../workflows/session/session-state';
import { applyDraft } from '../../../workflows/session/state-items';

const MODEL = { kind: 'model', callId: 'c' } as const;

test('a fact that is established already is no news; one that was refuted is', () => {
  const state = newSession('s', { v: 1, agent: 'a' }, 'ns', 1);
  const found = (texts: readonly string[], refuted: readonly string[] = []) =>
    applyDraft(state, { established: texts.map((text) => ({ text })), refuted }, MODEL, 1);
  expect(found(['It was sent.'])).toMatchObject({ kind: 'applied', facts: ['f1'] });
  const { news } = state.family;
  expect(found(['It was sent.'])).toMatchObject({ kind: 'applied', facts: ['f1'] });
  expect(state.family.news).toBe(news);
  expect(found(['It was sent.', 'It was lost.'])).toMatchObject({ facts: ['f1', 'f2'] });
  expect(found(['It was sent.'], ['f1'])).toMatchObject({ facts: ['f3'] });
  expect(state.doc.established.map(({ id }) => id)).toEqual(['f2', 'f3']);
});
