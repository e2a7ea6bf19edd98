/** Builds the floor's workflow bundle, which is nobody's product, when a bench runs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** @returns path of the bundle, in `folder`. */
export async function bundleFloor(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, 'workflow.js'),
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, 'floor-bundle.js');
  writeFileSync(path, code);
  return path;
}
