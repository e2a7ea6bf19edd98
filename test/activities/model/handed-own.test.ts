/** What another agent is given of the state, and whether it takes that over: what one side hands over the other must read. */
import { z } from 'zod';
import { handedOwn } from '../../../activities/model/handed-own';
import { refusalOf } from '../../../activities/model/first-state';
import { createRegistry, defineAgent, handoffTo, type Agent, type HandoffOptions } from '../../../agents';
import type { JsonObject } from '../../../workflows/contracts/json';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import { changeTo, EMPTY_STATE, withChange } from '../../../workflows/contracts/state';
import { asTransfer, planOf, refused, stateWith } from './family-fixture';

const base = { instructions: 'x', model: 'm' };
const agentWith = (state: z.ZodObject): Agent => defineAgent({ ...base, name: 'target', state });
const hand = (target: Agent, own: JsonObject, options: HandoffOptions = {}) =>
  handedOwn(handoffTo('target', options), own, createRegistry([target]));
/** What the first model call of the child says to it. */
const received = (target: Agent, own: JsonObject) =>
  refusalOf(
    target,
    { child: asTransfer } as ModelCallInput,
    withChange(EMPTY_STATE, changeTo({ ...EMPTY_STATE, own })),
  );

test('is in the form that the schema takes, whatever it makes of it', async () => {
  const target = agentWith(
    z.object({
      amount: z.string().transform(Number).optional(),
      when: z.coerce.date().optional(),
      status: z.enum(['open', 'paid']).default('open'),
      code: z.string().trim().toLowerCase().optional(),
    }),
  );
  const own = { amount: '5', when: '2026-01-01', code: ' A1 ' };
  expect(await hand(target, own)).toEqual({ ok: true, own });
  expect(received(target, own)).toBeUndefined();
  // As it is recorded: JSON.
  const made = await hand(target, own, { map: () => ({ when: new Date(0), amount: undefined }) });
  expect(made).toEqual({ ok: true, own: { when: '1970-01-01T00:00:00.000Z' } });
  expect(received(target, { when: '1970-01-01T00:00:00.000Z' })).toBeUndefined();
});

test('has the members that the schema has, however deep', async () => {
  const target = agentWith(
    z.object({
      order: z.object({ id: z.string(), lines: z.array(z.object({ sku: z.string() })).optional() }).optional(),
      open: z.looseObject({ a: z.string() }).optional(),
      prices: z.record(z.string(), z.object({ cents: z.number() })).optional(),
      choice: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]).optional(),
      either: z.object({ a: z.string() }).nullable().optional(),
      anything: z.unknown(),
    }),
  );
  const own = {
    mood: 'cross',
    order: { id: '1', secret: 'x', lines: [{ sku: 'L', margin: 3 }] },
    open: { a: 'x', b: 'y' },
    prices: { L: { cents: 1, cost: 0 } },
    choice: { b: 'x' },
    either: { a: 'x', b: 'y' },
    anything: { whatever: [1] },
  };
  const given = {
    order: { id: '1', lines: [{ sku: 'L' }] },
    open: { a: 'x', b: 'y' },
    prices: { L: { cents: 1 } },
    choice: { b: 'x' },
    either: { a: 'x' },
    anything: { whatever: [1] },
  };
  expect(await hand(target, own)).toEqual({ ok: true, own: given });
  expect(received(target, given)).toBeUndefined();
});

test('has no null: the state that it makes has none', async () => {
  const target = agentWith(z.object({ order: z.string().nullish(), list: z.array(z.string().nullable()).optional() }));
  const map = () => ({ order: null, list: ['a', null] });
  expect(await hand(target, {}, { map })).toEqual({ ok: true, own: { list: ['a', null] } });
  expect(received(target, { list: ['a', null] })).toBeUndefined();
  // What the other would refuse is refused here.
  const strict = agentWith(z.object({ order: z.string().min(1) }));
  expect(await hand(strict, {}, { map })).toEqual({
    ok: false,
    problem: expect.stringMatching(/does not fit it: order: is missing/) as string,
  });
});

test('is not held against an agent of the same name that is here, where the other’s workers are elsewhere', async () => {
  const target = agentWith(z.object({ order: z.string() }));
  const own = { invoice: 'i1' };
  expect(await hand(target, own, { taskQueue: 'far' })).toEqual({ ok: true, own });
  const plain = defineAgent({ ...base, name: 'target' });
  expect(await hand(plain, own, { taskQueue: 'far' })).toEqual({ ok: true, own });
  expect(await hand(plain, own)).toEqual({ ok: true, own: {} });
});

test('that does not fit is no fault of the arguments: the model is told what may help', async () => {
  const target = agentWith(z.object({ order: z.string() }));
  const why = { reason: 'a', request: 'b' };
  const call = async (sender: Agent) => {
    const agents = createRegistry([sender, target]);
    return (
      await planOf([['transfer_to_target', why]], { agent: sender, registry: agents, state: stateWith({ own: {} }) })
    ).calls[0];
  };
  const state = z.object({ order: z.string().optional() });
  expect(await call(defineAgent({ ...base, name: 'sender', state, handoffs: ['target'] }))).toEqual(
    refused(
      'not_permitted',
      /does not fit it: order: is missing, expected string; change the state with update_state first, or go on yourself\.$/,
    ),
  );
  const stateless = defineAgent({ ...base, name: 'sender', handoffs: [handoffTo('target', { map: () => ({}) })] });
  expect(await call(stateless)).toEqual(refused('not_permitted', /is missing, expected string; go on yourself\.$/));
});
