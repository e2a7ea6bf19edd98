import type { PlanContext } from '../../../activities/model/plan';
import { MAX_STATE_BYTES } from '../../../workflows/contracts/state';
import { asDelegate, clerk, id, planOf, refused } from './family-fixture';

const one = async (tool: string, args: unknown, over: Partial<PlanContext> = {}) =>
  (await planOf([[tool, args]], over)).calls[0];

describe('a change of the state', () => {
  test('is planned as the draft that it is', async () => {
    const draft = { established: [{ text: 'it is paid' }], met: ['o1'], own: { visits: 3 }, wanted: 'a refund' };
    expect(await one('update_state', { ...draft, own: { visits: '3' }, opened: null })).toEqual({
      kind: 'state',
      id,
      tool: 'update_state',
      summary: expect.stringMatching(/^update_state\(established=/) as string,
      draft,
    });
  });

  test.each<[unknown, RegExp]>([
    [{}, /the change changes nothing/],
    [{ wanted: '' }, /wanted must be a text of 1 to 500 characters/],
    [{ wish: 'x' }, /"wish" is not known here/],
    [{ met: ['o9'] }, /no obligation "o9" is open; those that are: o1/],
    [{ refuted: ['f2'] }, /no fact "f2" is established; those that are: f1/],
    [{ own: { visits: 1.5 } }, /visits/],
    [
      { own: { vists: 1 } },
      /"vists" is not known in the own part of the state; its members are: order, mood, visits, address/,
    ],
    [{ own: { address: { town: 'x' } } }, /"address\.town" is not known/],
    [{ own: { address: { street: 'x' } } }, /address\.city: is missing/],
    [{ own: 'x' }, /own/],
  ])('%j is refused', async (change, message) => {
    expect(await one('update_state', change)).toEqual(refused('invalid_arguments', message));
  });

  test('is held against those before it in the answer', async () => {
    const { calls } = await planOf([
      ['update_state', { own: { address: { city: 'Bern' } } }],
      ['update_state', { own: { address: { street: 'Gasse' } }, met: ['o1'] }],
      ['update_state', { met: ['o1'] }],
      ['update_state', { own: { address: null } }],
      ['update_state', { own: { address: { street: 'Gasse' } } }],
    ]);
    expect(calls.map(({ kind }) => kind)).toEqual(['state', 'state', 'refused', 'state', 'refused']);
  });

  test('that would make it too large is refused, also in several parts', async () => {
    const facts = Array.from({ length: 50 }, () => ({ text: 'x'.repeat(500) }));
    const { calls } = await planOf([1, 2, 3].map(() => ['update_state', { established: facts }] as const));
    expect(calls.map(({ kind }) => kind)).toEqual(['state', 'state', 'refused']);
    expect(calls[2]).toEqual(refused('invalid_arguments', new RegExp(`at most ${MAX_STATE_BYTES} are kept`)));
  });

  test('of an agent without a state of its own has none of that', async () => {
    const over = { agent: clerk, child: asDelegate };
    expect(await one('update_state', { wanted: 'x' }, over)).toMatchObject({ kind: 'state' });
    expect(await one('update_state', { own: { a: 1 } }, over)).toEqual(
      refused('invalid_arguments', /"own" is not known here/),
    );
    expect(await one('update_state', { wanted: 'x' }, { agent: clerk })).toEqual(
      refused('unknown_tool', /update_state/),
    );
  });
});

describe('a result', () => {
  const result = {
    type: 'object',
    properties: { cents: { type: 'integer' }, note: { type: 'string' } },
    required: ['cents'],
  };
  const over = { agent: clerk, child: { ...asDelegate, result } };

  test('is what the schema says, mended where nothing is lost', async () => {
    expect(await one('give_result', { cents: '12' }, over)).toMatchObject({
      kind: 'result',
      tool: 'give_result',
      value: { cents: 12 },
      summary: 'give_result(cents=12)',
    });
  });

  test('that does not fit is refused', async () => {
    expect(await one('give_result', { cents: 'much' }, over)).toEqual(refused('invalid_arguments', /cents/));
    expect(await one('give_result', { note: 'x' }, over)).toEqual(refused('invalid_arguments', /cents/));
  });

  test('there is one in an answer, and none where none is asked for', async () => {
    const { calls } = await planOf(
      [1, 2].map((cents) => ['give_result', { cents }] as const),
      over,
    );
    expect(calls[0]).toMatchObject({ kind: 'result', value: { cents: 1 } });
    expect(calls[1]).toEqual(refused('not_permitted', /one result is given/));
    expect(await one('give_result', { cents: 1 }, { agent: clerk, child: asDelegate })).toEqual(
      refused('unknown_tool', /give_result/),
    );
  });

  test('by a schema that cannot be read here is left to whoever asked', async () => {
    const strange = { type: 'object', properties: { a: { $ref: '#/nowhere' } } };
    expect(
      await one('give_result', { a: 1 }, { agent: clerk, child: { ...asDelegate, result: strange } }),
    ).toMatchObject({
      kind: 'result',
      value: { a: 1 },
    });
  });
});
