/** Which crashes a sweep makes: one for each point that the fault-free runs passed, or a sample of them, then pairs. Plain functions of a seed. */
import { parseArmed, type CrashPoint } from '../../activities/crash-points';
import { seededRandom } from '../random';
import { groupBy } from './group-by';
import { armingOf, nameOf, type PassedPoint } from './passed-points';

/** One run with crashes. */
export interface SweepCase {
  /** Armed points joined by `+`: what `only` takes. */
  readonly id: string;
  readonly kind: 'single' | 'pair';
  /** Where the first worker dies, then the second. */
  readonly crashAt: readonly string[];
}

/**
 * Which points are swept. `perPointAndDetail`: most hits of each `<point>[detail]`. `perPoint`: most hits of each point, whatever its detail, but for those
 * named in `each`, of which every detail is swept once.
 */
export type PointChoice =
  | { readonly kind: 'all' }
  | { readonly kind: 'sample'; readonly perPointAndDetail: number; readonly seed: number }
  | {
      readonly kind: 'sample';
      readonly perPoint: number;
      readonly each?: readonly CrashPoint[];
      readonly seed: number;
    };

/** @throws TypeError where `id` names no point, or more than two. */
export function parseCase(id: string): SweepCase {
  const crashAt = id.split('+');
  for (const point of crashAt) {
    if (!parseArmed(point, 'a case of the sweep'))
      throw new TypeError(`a case of the sweep names a point; got ${JSON.stringify(id)}`);
  }
  if (crashAt.length > 2) throw new TypeError(`a case of the sweep has one point or two; got ${JSON.stringify(id)}`);
  return { id, kind: crashAt.length === 2 ? 'pair' : 'single', crashAt };
}

/**
 * One case for each point that both fault-free runs passed. How many workflow tasks a conversation takes may differ by one where
 * news come in together; all else is the same in both.
 */
export function singleCases(
  first: readonly PassedPoint[],
  second: readonly PassedPoint[],
  choice: PointChoice,
): readonly SweepCase[] {
  const inSecond = new Set(second.map(armingOf));
  const both = first.filter((passed) => inSecond.has(armingOf(passed)));
  return sampled(both, choice).map((passed) => parseCase(armingOf(passed)));
}

function sampled(passed: readonly PassedPoint[], choice: PointChoice): readonly PassedPoint[] {
  if (choice.kind === 'all') return passed;
  const { nameIn, most } =
    'perPoint' in choice
      ? {
          nameIn: (one: PassedPoint) => (choice.each?.includes(one.point) ? nameOf(one) : one.point),
          most: (name: string) =>
            name.includes('[') || choice.each?.some((point) => point === name) ? 1 : choice.perPoint,
        }
      : { nameIn: nameOf, most: () => choice.perPointAndDetail };
  const chosen = new Set(
    [...groupBy(passed, nameIn)].flatMap(([name, hits]) =>
      shuffled(hits, seedFor(choice.seed, name)).slice(0, most(name)),
    ),
  );
  return passed.filter((one) => chosen.has(one));
}

/** What the worker that took over passed, after a crash at `crashAt`. */
export interface Aftermath {
  readonly crashAt: string;
  readonly passed: readonly PassedPoint[];
}

/**
 * Pairs of crashes: the second among the points that the worker which took over did pass. Points that nobody passes but after a
 * crash (a probe, a person's decision) come first, each once; the rest is drawn.
 * @param count how many are drawn.
 */
export function choosePairs(
  aftermaths: readonly Aftermath[],
  calm: readonly PassedPoint[],
  count: number,
  seed: number,
): readonly SweepCase[] {
  if (count === 0) return [];
  const calmNames = new Set(calm.map(nameOf));
  const candidates = aftermaths.flatMap(({ crashAt, passed }) =>
    passed.map((second) => ({ id: `${crashAt}+${armingOf(second)}`, name: nameOf(second) })),
  );
  const order = shuffled(candidates, seed);
  const onlyAfterCrash = new Map(
    order.filter(({ name }) => !calmNames.has(name)).map((candidate) => [candidate.name, candidate] as const),
  );
  const ids = new Set([...onlyAfterCrash.values()].map(({ id }) => id));
  // Drawn by the first crash and then by the second, so that a crash with a long aftermath is not drawn more often.
  const random = seededRandom(seed);
  const lists = shuffled(
    aftermaths.filter(({ passed }) => passed.length > 0),
    seed,
  );
  for (let drawn = 0, tries = 0; drawn < count && lists.length > 0 && tries < count * 10; tries += 1) {
    const { crashAt, passed } = lists[tries % lists.length] as Aftermath;
    const second = passed[Math.floor(random() * passed.length)] as PassedPoint;
    const id = `${crashAt}+${armingOf(second)}`;
    if (ids.has(id)) continue;
    ids.add(id);
    drawn += 1;
  }
  return [...ids].map(parseCase);
}

function shuffled<T>(values: readonly T[], seed: number): readonly T[] {
  const random = seededRandom(seed);
  const copy = [...values];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}

/** A seed of its own for each name, so that what is chosen of one point does not depend on the others. */
function seedFor(seed: number, name: string): number {
  let mixed = seed >>> 0;
  for (const character of name) mixed = (Math.imul(mixed, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return mixed;
}
