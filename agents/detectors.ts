/** What an agent may declare of detectors: when a model that gets nowhere is noticed, and what is done about it. */
import { amountProblem, DETECTOR_NAMES, unknownField, wordsFor } from '../workflows/contracts/check-limits';
import { isPlainObject } from '../workflows/contracts/json';
import type { DetectorName, DetectorPolicy, Detectors, Rung } from '../workflows/contracts/limits';

export interface DetectorOptions {
  /** How many in a row are noticed, and so many more for each further rung. */
  readonly after?: number;
  /** What is done, one after the other. Default: `note`, `stronger_model`, `ask`, `stop`. */
  readonly ladder?: readonly Rung[];
}

/** `false` turns a detector off; one that is not named has its default. */
export type AgentDetectors = Readonly<Partial<Record<DetectorName, false | DetectorOptions>>>;

const RUNGS: readonly Rung[] = ['note', 'stronger_model', 'ask', 'stop'];

/** Low enough that a loop costs little, high enough that a call repeated on purpose (asking again whether something is done) is let be. */
const DEFAULT_AFTER: Readonly<Record<DetectorName, number>> = {
  sameCall: 3,
  /** Pairs. */
  alternatingCalls: 3,
  repairStorm: 2,
  toolFailures: 4,
  emptyAnswers: 2,
  handoffCycle: 2,
};

/** One call is no repetition. */
const LEAST_AFTER: Readonly<Record<DetectorName, number>> = {
  sameCall: 2,
  alternatingCalls: 2,
  repairStorm: 1,
  toolFailures: 1,
  emptyAnswers: 1,
  handoffCycle: 1,
};
const MOST_AFTER = 1_000;

/**
 * @param here names the agent in the error.
 * @param handsOver the agent has handoffs; `handoffCycle` is of those alone.
 * @throws TypeError with the place and the reason.
 */
export function detectorsOf(given: AgentDetectors = {}, here: string, handsOver = false): Detectors {
  const fail = (problem: string): never => {
    throw new TypeError(`${here}: ${problem}`);
  };
  if (!isPlainObject(given)) return fail(`detectors must be an object, got ${wordsFor(given)}`);
  const unknown = unknownField(given, 'detectors', DETECTOR_NAMES);
  if (unknown !== null) return fail(unknown);
  const detectors: Partial<Record<DetectorName, DetectorPolicy>> = {};
  for (const name of DETECTOR_NAMES) {
    const options: unknown = given[name] === undefined ? {} : given[name];
    if (options === false) continue;
    const place = `detectors.${name}`;
    if (!isPlainObject(options)) return fail(`${place} must be false or { after, ladder }, got ${wordsFor(options)}`);
    const problem =
      unknownField(options, place, ['after', 'ladder']) ??
      amountProblem(options.after, `${place}.after`, {
        unit: 'whole number',
        from: LEAST_AFTER[name],
        to: MOST_AFTER,
      }) ??
      ladderProblem(options.ladder, `${place}.ladder`);
    if (problem !== null) return fail(problem);
    if (name === 'handoffCycle' && !handsOver) continue;
    const { after = DEFAULT_AFTER[name], ladder = RUNGS } = options as DetectorOptions;
    detectors[name] = { after, ladder: [...ladder] };
  }
  return detectors;
}

function ladderProblem(ladder: unknown, place: string): string | null {
  if (ladder === undefined) return null;
  if (!Array.isArray(ladder) || ladder.length === 0)
    return `${place} must be a list out of ${RUNGS.join(', ')}, got ${Array.isArray(ladder) ? 'an empty one; false turns the detector off' : wordsFor(ladder)}`;
  const rungs: readonly unknown[] = ladder;
  const strange = rungs.find((rung) => !RUNGS.some((known) => known === rung));
  if (strange !== undefined) return `${place} must be a list out of ${RUNGS.join(', ')}, got ${wordsFor(strange)}`;
  if (new Set(rungs).size < rungs.length) return `${place} names a rung twice; each is taken once per turn`;
  const stop = rungs.indexOf('stop');
  return stop >= 0 && stop < rungs.length - 1 ? `${place} goes on after "stop", which ends the turn` : null;
}
