/**
 * What is noticed of a model that gets nowhere: counts over planned calls, outcomes and unusable answers. Plain reducers; what is done about it is
 * in `ladder.ts`. They count whether or not the agent declares them: what it costs is a few numbers.
 */
import type { DetectorName } from '../contracts/limits';
import type { ModelDecision } from '../contracts/model';
import type { PlannedCall, ToolOutcome } from '../contracts/tool';
import type { Noticed } from './bounding';

export type Noticing = Readonly<Partial<Record<DetectorName, Noticed>>>;

const NOTHING: Noticed = { count: 0, rungs: 0 };
/** Enough of a sha256 to tell the calls of one turn apart. */
const HASH_CHARS = 16;

/** @returns `noticed` after a model's decision. */
export function afterDecision(noticed: Noticing, decision: ModelDecision): Noticing {
  switch (decision.kind) {
    case 'limit':
    case 'refuse':
      return noticed;
    case 'repair':
      // Each is noticed as what it is: an empty answer neither makes a storm nor ends one.
      if (decision.cause === 'empty') return counted(noticed, 'emptyAnswers', seen(noticed, 'emptyAnswers').count + 1);
      return counted(counted(noticed, 'repairStorm', seen(noticed, 'repairStorm').count + 1), 'emptyAnswers', 0);
    case 'answer':
    case 'calls': {
      const usable = counted(counted(noticed, 'repairStorm', 0), 'emptyAnswers', 0);
      return decision.kind === 'calls' ? alternating(repeated(usable, decision.calls), decision.calls) : usable;
    }
  }
}

/** @returns `noticed` after an outcome of the step `step`. One success in a step, whenever it comes in, means that none of its failures are in a row. */
export function afterOutcome(noticed: Noticing, step: number, outcome: ToolOutcome): Noticing {
  const before = seen(noticed, 'toolFailures');
  switch (outcome.kind) {
    case 'succeeded':
      return counted(noticed, 'toolFailures', 0, [String(step)]);
    case 'failed':
    case 'rejected':
      return before.last?.[0] === String(step)
        ? noticed
        : counted(noticed, 'toolFailures', before.count + 1, before.last);
    case 'unknown':
    case 'cancelled':
      return noticed;
  }
}

/** `sameCall`: for each call of the last step, how often it was in step after step. Twice in one step is once. */
function repeated(noticed: Noticing, calls: readonly PlannedCall[]): Noticing {
  const before = new Map<string, number>();
  for (const entry of seen(noticed, 'sameCall').last ?? []) {
    const at = entry.indexOf(' ');
    before.set(entry.slice(at + 1), Number(entry.slice(0, at)));
  }
  const now = keysOf(calls).map((key) => [key, (before.get(key) ?? 0) + 1] as const);
  const most = now.reduce((max, [, count]) => Math.max(max, count), 0);
  return counted(
    noticed,
    'sameCall',
    most,
    now.map(([key, count]) => `${count} ${key}`),
  );
}

/**
 * `alternatingCalls`: pairs of two steps' calls by turns. `last` holds the step before, the last step, and how many steps that has been so.
 */
function alternating(noticed: Noticing, calls: readonly PlannedCall[]): Noticing {
  const [earlier, previous, length = '0'] = seen(noticed, 'alternatingCalls').last ?? [];
  const now = keysOf(calls).join(' + ');
  const steps = now === previous ? 1 : now === earlier ? Number(length) + 1 : previous === undefined ? 1 : 2;
  return counted(noticed, 'alternatingCalls', Math.floor(steps / 2), [previous ?? '', now, String(steps)]);
}

/** @returns `noticed` once a rung was taken: what comes now is counted anew, since that many more make the next. */
export function withRungTaken(noticed: Noticing, name: DetectorName, rungs: number): Noticing {
  const { last } = seen(noticed, name);
  return { ...noticed, [name]: { count: 0, rungs, ...(last ? { last: last.map(anew(name)) } : {}) } };
}

function anew(name: DetectorName): (entry: string, index: number) => string {
  if (name === 'sameCall') return (entry) => `0${entry.slice(entry.indexOf(' '))}`;
  if (name === 'alternatingCalls') return (entry, index) => (index === 2 ? '0' : entry);
  return (entry) => entry;
}

export function seen(noticed: Noticing, name: DetectorName): Noticed {
  return noticed[name] ?? NOTHING;
}

function counted(noticed: Noticing, name: DetectorName, count: number, last?: readonly string[]): Noticing {
  const before = seen(noticed, name);
  if (last === undefined && before.count === count) return noticed;
  return { ...noticed, [name]: { count, rungs: before.rungs, ...(last === undefined ? {} : { last }) } };
}

/** In one order, whatever the model's was. A call that was refused has no arguments that could be compared, but it has a line that shows them. */
function keysOf(calls: readonly PlannedCall[]): readonly string[] {
  const keys = calls.map((call) =>
    call.kind === 'run' || call.kind === 'approval'
      ? `${call.tool} ${call.argsHash.slice(0, HASH_CHARS)}`
      : `${call.tool} ${call.summary}`,
  );
  return [...new Set(keys)].sort();
}
