/** What a session is found by, from what is in its state. */
import { searchValues } from '../../../workflows/session/search-values';
import { apply, newSession } from '../../../workflows/session/session-state';
import { askedSession, NOON } from './approvals-made';

const valuesOf = (state: Parameters<typeof searchValues>[0]) => Object.fromEntries(searchValues(state));

it('names what waits, and each role that may decide, once and sorted', () => {
  const state = askedSession([
    { terms: { stages: [{ roles: ['ops', 'lead'] }, { roles: ['boss'] }] } },
    { terms: { stages: [{ roles: ['lead'] }, { roles: ['boss'] }] }, approving: { stage: 1 } },
  ]);
  expect(valuesOf(state).HoldfastAwaiting).toEqual(['approval', 'role:boss', 'role:lead', 'role:ops']);
  apply(state, { kind: 'paused', hold: { by: 'ada', since: NOON } }, NOON);
  apply(state, { kind: 'taken_over', hold: { by: 'ada', since: NOON } }, NOON);
  expect(valuesOf(state).HoldfastAwaiting).toEqual([
    'approval',
    'paused',
    'role:boss',
    'role:lead',
    'role:ops',
    'with_person',
  ]);
});

it('names at most twenty roles: an attribute has a bound', () => {
  const roles = Array.from({ length: 300 }, (_, index) => `r${index}`);
  expect(valuesOf(askedSession([{ terms: { stages: [{ roles }] } }])).HoldfastAwaiting).toHaveLength(21);
});

it('leaves out what there is no room for: Temporal ends a session whose attribute is too long', () => {
  const roles = ['x'.repeat(5_000), 'lead', 'ü'.repeat(900), 'ö'.repeat(900)];
  const state = askedSession([{ terms: { stages: [{ roles }] } }]);
  apply(state, { kind: 'taken_over', hold: { by: 'ada', since: NOON } }, NOON);
  expect(valuesOf(state).HoldfastAwaiting).toEqual(['approval', 'role:lead', `role:${'ö'.repeat(900)}`, 'with_person']);
  state.lastOutcome = 'x'.repeat(5_000);
  apply(state, { kind: 'status_changed', status: 'waiting_for_user' }, NOON);
  expect(valuesOf(state).HoldfastOutcome).toHaveLength(200);
});

it('unsets what waits when nothing does, and when the session is over', () => {
  expect(valuesOf(newSession('s', { v: 1, agent: 'a' }, 'k', NOON)).HoldfastAwaiting).toBeNull();
  const state = askedSession([{}]);
  apply(state, { kind: 'status_changed', status: 'cancelled' }, NOON);
  expect(valuesOf(state).HoldfastAwaiting).toBeNull();
});

it('holds names and numbers only, never a word of a message, a reason or an argument', () => {
  const secret = 'sk-canary-1';
  const state = askedSession([{ args: { key: secret }, terms: { reason: secret } }], { tenant: 'north', user: 'ada' });
  apply(state, { kind: 'paused', hold: { by: secret, since: NOON, reason: secret } }, NOON);
  expect(JSON.stringify(searchValues(state))).not.toContain(secret);
  expect(valuesOf(state)).toMatchObject({ HoldfastUser: 'ada', HoldfastTenant: 'north', HoldfastTokens: 0 });
});

it('leaves numbers as they are while a turn runs, so that a turn costs two upserts', () => {
  const state = askedSession([]);
  apply(state, { kind: 'status_changed', status: 'running' }, NOON);
  const changing = Object.entries(valuesOf(state)).filter(([, value]) => value !== undefined);
  expect(changing).toEqual([
    ['HoldfastStatus', 'running'],
    ['HoldfastAwaiting', null],
  ]);
});

it('says how the last turn came out, and of a session that ends how that did', () => {
  const state = newSession('s', { v: 1, agent: 'a' }, 'k', NOON);
  state.lastOutcome = 'limit';
  apply(state, { kind: 'status_changed', status: 'waiting_for_user' }, NOON);
  expect(valuesOf(state).HoldfastOutcome).toBe('limit');
  apply(state, { kind: 'ending', ending: { status: 'completed', reason: 'ended' } }, NOON);
  expect(valuesOf(state).HoldfastOutcome).toBe('ended');
});
