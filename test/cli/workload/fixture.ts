/** The small workload of these tests: an observation that is an error, mutations, one call asked twice and answered differently. */
import { join } from 'node:path';
import { loadWorkload, type Workload } from '../../../cli/workload/workload-file';

export const FIXTURE_PATH = join(__dirname, 'fixtures', 'small-shop.json');

export const loadFixture = (): Workload => loadWorkload(FIXTURE_PATH);

/** A copy of `value` in which the place at `path` (dots between the steps) holds what `change` makes of it; `undefined` takes it away. */
export function withChange<T>(value: T, path: string, change: (before: unknown) => unknown): T {
  const copy = structuredClone(value);
  const steps = path.split('.');
  const last = steps.pop() as string;
  const holder = steps.reduce<Record<string, unknown>>(
    (at, step) => at[step] as Record<string, unknown>,
    copy as Record<string, unknown>,
  );
  const after = change(holder[last]);
  if (after === undefined) delete holder[last];
  else holder[last] = after;
  return copy;
}

/** A change that puts `value` there whatever was there before. */
export const put = (value: unknown) => (): unknown => value;
