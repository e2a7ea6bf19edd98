/** Loads the file that `holdfast sweep --script` is given: its export `sweep`, checked, with errors that name the file. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SweepPlan } from '../../testing/sweep';
import { exported, importModule } from '../agents-module';
import { UsageError } from '../report-error';

/**
 * @param path a JavaScript module, relative to the working folder.
 * @throws UsageError
 */
export async function loadPlan(path: string): Promise<SweepPlan> {
  const file = resolve(path);
  if (!existsSync(file))
    throw new UsageError(`there is no file ${path}; give the path of a JavaScript file that exports sweep`);
  const plan = (await exported(await importModule(file, path), 'sweep')) as Partial<SweepPlan> | undefined;
  const problem = problemOf(plan);
  if (problem !== undefined) throw new UsageError(`${path} must export sweep, a plan (docs/sweep.md): ${problem}`);
  const { agentsModule } = plan as SweepPlan;
  if (!existsSync(resolve(agentsModule)))
    throw new UsageError(`${path}: its agentsModule ${agentsModule} does not exist`);
  return plan as SweepPlan;
}

function problemOf(plan: Partial<SweepPlan> | undefined): string | undefined {
  if (typeof plan !== 'object' || plan === null) return 'there is no such export';
  if (typeof plan.agentsModule !== 'string')
    return 'agentsModule must be the path of the module that `holdfast worker` takes';
  if (!Array.isArray(plan.script?.turns)) return 'script must be a script of a model, { name, turns }';
  const { messages } = plan;
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every((text) => typeof text === 'string')) {
    return 'messages must be a list of texts';
  }
  return typeof plan.openWorld === 'function' ? undefined : 'openWorld must be a function';
}
