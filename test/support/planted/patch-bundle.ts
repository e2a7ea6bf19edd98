/** Plants a fault in the interpreter: the workflow bundle with one piece of its text replaced, for this worker alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { patchExport } from './patch-export';

/** @throws Error where the text is not in the bundle just once: a plant that is not there proves nothing. */
export function patchBundle(text: string, planted: string): void {
  patchExport<() => string>('worker/workflow-bundle', 'workflowBundlePath', (original) => () => {
    const pieces = readFileSync(original(), 'utf8').split(text);
    if (pieces.length !== 2) {
      throw new Error(
        `the workflow bundle holds ${JSON.stringify(text)} ${pieces.length - 1} times: nothing was planted`,
      );
    }
    // Beside the ledger: the test removes that folder, however this process ends.
    const folder = path.dirname(process.env.HOLDFAST_LEDGER_URL ?? '');
    const file = path.join(folder, `planted-bundle-${process.pid}.js`);
    writeFileSync(file, pieces.join(planted));
    return file;
  });
}
