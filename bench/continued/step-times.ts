/** How long each step of a session took, read from the histories of its runs. Plain functions. */
import type { SessionRun } from '../../testing/run-chain';
import { median } from '../../testing/median';

/** ms since the epoch at which each model call was scheduled, in order; `idOf` is the activity id of the n-th, from 1. */
export function modelCallTimes(runs: readonly SessionRun[], idOf: (step: number) => string): readonly number[] {
  const at = new Map<string, number>();
  for (const { history } of runs) {
    for (const { activityTaskScheduledEventAttributes: scheduled, eventTime } of history.events ?? []) {
      const id = scheduled?.activityId;
      if (id) at.set(id, Number(eventTime?.seconds ?? 0) * 1000 + Number(eventTime?.nanos ?? 0) / 1e6);
    }
  }
  const times: number[] = [];
  for (let time = at.get(idOf(1)); time !== undefined; time = at.get(idOf(times.length + 1))) times.push(time);
  return times;
}

/** One tenth of the steps: ms a step, what continuing as new took included. */
export interface Tenth {
  readonly mean: number;
  readonly median: number;
  /** The same without the time in which the provider had the request. */
  readonly meanOwn: number;
  readonly medianOwn: number;
}

/**
 * @param times of the model calls, ms; a step is from one to the next.
 * @param provider ms that the provider took for each step, by step, from 1.
 * @returns ten of them, first to last; what is left over by dividing goes to the last.
 */
export function tenths(times: readonly number[], provider: ReadonlyMap<number, number>): readonly Tenth[] {
  const steps = times.slice(1).map((time, index) => {
    const all = time - (times[index] as number);
    return { all, own: all - (provider.get(index + 1) ?? 0) };
  });
  const size = Math.floor(steps.length / 10);
  if (size < 1) throw new RangeError(`${steps.length} steps make no tenths`);
  return Array.from({ length: 10 }, (_, index) => {
    const part = steps.slice(index * size, index === 9 ? undefined : (index + 1) * size);
    const [all, own] = [part.map((step) => step.all), part.map((step) => step.own)];
    return { mean: mean(all), median: median(all), meanOwn: mean(own), medianOwn: median(own) };
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
