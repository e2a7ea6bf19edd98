/** Deep, wide and endless structures at every inlet of a session: refused, or taken, in a time that no workflow task notices. */
import {
  checkDecideRequest,
  checkInterveneRequest,
  checkResolveRequest,
  checkSendRequest,
  checkSessionInput,
} from '../../../workflows/contracts';

/** CPU time that a check may take, ms. */
const MAX_MS = 50;

const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
const wide: unknown = JSON.parse(`[${Array.from({ length: 100_000 }, (_, index) => `{"k":${index}}`).join(',')}]`);
const manyKeys = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]));
const cycle: unknown[] = [];
cycle.push(cycle);
const twiceItself: unknown[] = [];
twiceItself.push(twiceItself, twiceItself);
/** 2^60 leaves, none of them deep: what a program can make, though no JSON text. */
const bomb = Array.from({ length: 60 }).reduce<unknown>((inner) => [inner, inner], 'x');
const HASH = 'a'.repeat(64);
const longText = 'x'.repeat(2_000_000);

const SHAPES: readonly (readonly [string, unknown])[] = [
  ['100,000 nested lists', deep],
  ['100,000 objects in a row', wide],
  ['20,000 keys', manyKeys],
  ['a list that holds itself', cycle],
  ['a list that holds itself twice', twiceItself],
  ['a list of 2^60 leaves', bomb],
  ['a text of 2 MB', longText],
];

/** How each inlet is given a shape, in each place that takes a value. */
const INLETS: readonly (readonly [string, (value: unknown) => { readonly ok: boolean }])[] = [
  ['send', (value) => checkSendRequest(value)],
  ['the text of send', (value) => checkSendRequest({ messageId: 'm', text: value })],
  ['an unknown field of send', (value) => checkSendRequest({ messageId: 'm', text: 'x', more: value })],
  ['intervene', (value) => checkInterveneRequest(value)],
  ['the bound of extend', (value) => checkInterveneRequest({ actId: 'a', act: 'extend', bound: value, amount: 1 })],
  [
    'the amount of extend',
    (value) => checkInterveneRequest({ actId: 'a', act: 'extend', bound: 'turn.steps', amount: value }),
  ],
  ['resolve', (value) => checkResolveRequest(value)],
  [
    'the result of resolve',
    (value) => checkResolveRequest({ actId: 'a', callId: 'c', as: 'applied', result: [[[value, value]]] }),
  ],
  ['the words of a note', (value) => checkInterveneRequest({ actId: 'a', act: 'note', by: 'ada', text: value })],
  [
    'the result of replace_outcome',
    (value) =>
      checkInterveneRequest({ actId: 'a', act: 'replace_outcome', by: 'ada', callId: 'c', result: [[value, value]] }),
  ],
  ['decide', (value) => checkDecideRequest(value)],
  [
    'the arguments of an edit',
    (value) =>
      checkDecideRequest({ actId: 'a', callId: 'c', decision: 'edit', argsHash: HASH, by: 'a', args: { value } }),
  ],
  ['a session', (value) => checkSessionInput(value)],
  ['the limits of a session', (value) => checkSessionInput({ v: 1, agent: 'a', limits: value })],
  ['a bound of a session', (value) => checkSessionInput({ v: 1, agent: 'a', limits: { turn: { tokens: value } } })],
  ['a threshold', (value) => checkSessionInput({ v: 1, agent: 'a', continueAfter: { events: value } })],
  ['the carry of a session', (value) => checkSessionInput({ v: 1, agent: 'a', carry: value })],
];

describe.each(INLETS)('%s', (_, check) => {
  it.each(SHAPES)('refuses %s at once, in a short sentence', (_name, shape) => {
    const refused = check(shape);
    expect(refused).toEqual({ ok: false, problem: expect.stringMatching(/^.{1,600}$/s) });
    const took = Math.min(...[1, 2, 3].map(() => cpuMs(() => check(shape))));
    expect(took).toBeLessThan(MAX_MS);
  });
});

it('fields of later versions of a session are looked into, and bounded by their depth', () => {
  expect(checkSessionInput({ v: 1, agent: 'a', later: deep })).toMatchObject({ ok: false });
  expect(checkSessionInput({ v: 1, agent: 'a', later: cycle })).toMatchObject({ ok: false });
  expect(checkSessionInput({ v: 1, agent: 'a', later: wide }).ok).toBe(true);
});

function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
