import type { PlanContext } from '../../../activities/model/plan';
import type { StateDoc } from '../../../workflows/contracts/state';
import { asDelegate, asTransfer, id, orders, planOf, refused, stateWith, triage } from './family-fixture';

const why = { reason: 'it is about an order', request: 'a refund' };
const one = async (tool: string, args: unknown, over: Partial<PlanContext> = {}) =>
  (await planOf([[tool, args]], over)).calls[0];
const own = (value: StateDoc['own']): Partial<PlanContext> => ({ state: stateWith({ own: value }) });

describe('a handoff', () => {
  test('names the agent, the brief and its own part of the state, as the other knows it', async () => {
    expect(await one('transfer_to_orders', why, own({ order: 'A-7', mood: 'cross' }))).toEqual({
      kind: 'transfer',
      id,
      tool: 'transfer_to_orders',
      summary: 'transfer_to_orders(reason=it is about an order, request=a refund)',
      to: 'orders',
      brief: why,
      own: { order: 'A-7' },
    });
  });

  test('to an agent without a state gives nothing of it, unless it is mapped; grants go along', async () => {
    expect(await one('to_clerk', why, own({ order: 'B-1', mood: 'x' }))).toMatchObject({
      to: 'clerk',
      own: { order: 'B-1' },
      grants: { only: ['find_order'] },
    });
    expect(await one('transfer_to_triage', why, { agent: orders, ...own({ order: 'A-7' }) })).toMatchObject({
      to: 'triage',
      own: { order: 'A-7' },
    });
    expect(await one('ask_clerk', { task: 'x' }, own({ order: 'A-7' }))).toMatchObject({ to: 'clerk', own: {} });
  });

  test('to workers elsewhere says where, and gives what there is: they say whether it fits', async () => {
    expect(await one('transfer_to_abroad', { count: '3' }, own({ order: 'B-1' }))).toMatchObject({
      to: 'abroad',
      taskQueue: 'far',
      acceptMs: 5_000,
      brief: { count: 3 },
      own: { order: 'B-1' },
    });
  });

  test('whose brief does not fit is refused', async () => {
    expect(await one('transfer_to_orders', { reason: 'x' })).toEqual(
      refused('invalid_arguments', /request: is missing/),
    );
    expect(await one('transfer_to_orders', 'not json')).toEqual(refused('invalid_arguments', /not valid JSON/));
    expect(await one('transfer_to_orders', '{"reason":"a","reason":"b"}')).toEqual(
      refused('invalid_arguments', /twice/),
    );
  });

  test('whose state does not fit the other is refused, with the member', async () => {
    expect(await one('transfer_to_orders', why, own({ order: 'B-7' }))).toEqual(
      refused(
        'not_permitted',
        /^transfer_to_orders did not run: what the agent orders would be given of this session's state does not fit it: order: .*; change the state with update_state first, or go on yourself\.$/,
      ),
    );
    expect(await one('broken_map', why)).toEqual(refused('not_permitted', /could not be made .*\(no such thing\)/));
  });

  test('goes with what other calls of the answer make of the state', async () => {
    const { calls, asked } = await planOf([
      ['transfer_to_orders', why],
      ['update_state', { own: { order: 'A-9' } }],
    ]);
    expect(calls.map(({ kind }) => kind)).toEqual(['transfer', 'state']);
    expect(calls[0]).toMatchObject({ own: { order: 'A-9' } });
    expect(asked.map(({ tool }) => tool)).toEqual(['transfer_to_orders', 'update_state']);
  });

  test('there is one of them in an answer: the first that may be', async () => {
    const { calls } = await planOf([
      ['transfer_to_orders', {}],
      ['transfer_to_orders', why],
      ['to_clerk', why],
    ]);
    expect(calls[0]).toEqual(refused('invalid_arguments', /reason: is missing/));
    expect(calls[1]).toMatchObject({ kind: 'transfer', to: 'orders' });
    expect(calls[2]).toEqual(refused('not_permitted', /one at a time/));
  });

  test('goes back to where the user came from, with the state as it is', async () => {
    const over = { agent: orders, child: asTransfer, ...own({ order: 'A-7', old: 1 }) };
    expect(await one('hand_back', why, over)).toEqual({
      kind: 'transfer',
      id,
      tool: 'hand_back',
      summary: expect.stringMatching(/^hand_back\(reason=/) as string,
      to: 'triage',
      brief: why,
      own: { order: 'A-7', old: 1 },
    });
    expect(await one('hand_back', why)).toEqual(refused('unknown_tool', /There is no tool named "hand_back"/));
  });

  test('is not for a delegate', async () => {
    const over = { agent: orders, child: asDelegate };
    expect(await one('transfer_to_triage', why, over)).toEqual(refused('not_permitted', /the agent triage asked you/));
    expect(await one('hand_back', why, over)).toEqual(refused('unknown_tool', /no tool named "hand_back"/));
  });
});

describe('a delegation', () => {
  test('says what is asked, what is wanted back and what it may use', async () => {
    expect(await one('find_price', { order: 'A-1', days: '2' }, own({ order: 'A-1' }))).toEqual({
      kind: 'delegate',
      id,
      tool: 'find_price',
      summary: 'find_price(days=2, order=A-1)',
      to: 'orders',
      brief: { days: 2, order: 'A-1' },
      text: 'days: 2\norder: A-1',
      own: { order: 'A-1' },
      grants: { without: ['refund'] },
      result: {
        type: 'object',
        properties: { cents: expect.objectContaining({ type: 'integer' }) as object },
        required: ['cents'],
      },
      share: { tokens: 5_000, wallClockMs: 60_000 },
    });
  });

  test('in words asks for words; a prompt of the author’s is what is told', async () => {
    const asked = await one('ask_clerk', { task: 'Write a letter.' });
    expect(asked).toMatchObject({ kind: 'delegate', text: 'Write a letter.', brief: { task: 'Write a letter.' } });
    expect(asked).not.toHaveProperty('result');
    expect(await one('ask_shortly', { task: 'x' })).toMatchObject({ text: 'Shortly: x' });
  });

  test('several of an answer are all planned', async () => {
    const { calls } = await planOf([
      ['ask_clerk', { task: 'a' }],
      ['ask_clerk', { task: 'b' }],
    ]);
    expect(calls.map(({ kind }) => kind)).toEqual(['delegate', 'delegate']);
  });

  test('that tells nothing, or does not fit, is refused', async () => {
    expect(await one('ask_clerk', { task: ' ' })).toEqual(
      refused('invalid_arguments', /would be told is no message: text is empty/),
    );
    expect(await one('find_price', { order: 'A-1', days: 1.5 })).toEqual(refused('invalid_arguments', /days/));
    expect(await one('find_price', { order: 'A-1', days: 1, extra: 1 })).toEqual(
      refused('invalid_arguments', /"extra" is not known here/),
    );
  });

  test('too deep is refused', async () => {
    expect(await one('ask_clerk', { task: 'x' }, { depth: 2 })).toMatchObject({ kind: 'delegate' });
    expect(await one('ask_clerk', { task: 'x' }, { depth: 3 })).toEqual(
      refused('limit', /this session is 3 delegations deep, and at most 3 are allowed/),
    );
  });
});

describe('grants', () => {
  test('a tool outside of them is refused, whatever kind it is', async () => {
    const over = { agent: orders, child: { ...asTransfer, grants: { only: ['find_order'] } } };
    expect(await one('find_order', { id: '1' }, over)).toMatchObject({ kind: 'run' });
    for (const tool of ['refund', 'transfer_to_triage', 'ask_clerk']) {
      expect(await one(tool, {}, over)).toEqual(refused('not_permitted', /is not granted to this session/));
    }
    expect(await one('hand_back', why, over)).toMatchObject({ kind: 'transfer' });
    expect(await one('nothing', {}, over)).toEqual(
      refused('unknown_tool', /The tools are: find_order, update_state, hand_back\./),
    );
  });

  test('only shrink: what a child has not its own children have not', async () => {
    const child = { ...asTransfer, grants: { without: ['x'] } };
    expect(await one('find_price', { order: 'A-1', days: 1 }, { child })).toMatchObject({
      grants: { without: ['x', 'refund'] },
    });
    const narrow = { ...asTransfer, grants: { only: ['find_price', 'transfer_to_orders'] } };
    expect(await one('transfer_to_orders', why, { child: narrow })).toMatchObject({ grants: narrow.grants });
  });

  test('a handoff that would widen them is refused', async () => {
    const child = { ...asTransfer, grants: { only: ['to_clerk'] } };
    expect(await one('to_clerk', why, { child })).toEqual(
      refused('not_permitted', /it would widen what this session may use: find_order is not granted to it/),
    );
  });
});

test('a tool that uses the state says so in its policy', async () => {
  expect(await one('refund', { id: '1' }, { agent: orders })).toMatchObject({
    kind: 'run',
    policy: { usesState: true },
  });
  expect((await planOf([['find_order', { id: '1' }]], { agent: triage })).calls[0]).not.toHaveProperty(
    'policy.usesState',
  );
});
