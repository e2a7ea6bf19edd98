/** Where the built workflow bundle is: beside the compiled code in a package, under dist/ in a checkout. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** @throws Error that says what to run. */
export function workflowBundlePath(): string {
  const candidates = [join(__dirname, '..', 'workflow-bundle.js'), join(__dirname, '..', 'dist', 'workflow-bundle.js')];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new Error('the workflow bundle is not built; run: npm run build');
  return found;
}
