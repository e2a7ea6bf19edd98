/** Plants a fault in the product's own compiled code, from outside: replaces what a module exports before anybody has used it. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { COMPILED } from '../payments/compiled-root';

type AnyFunction = (...args: never[]) => unknown;

/**
 * @param module below the compiled root, without extension.
 * @throws Error where there is no such function to replace: a plant that is not there proves nothing.
 */
export function patchExport<F extends AnyFunction>(module: string, name: string, make: (original: F) => F): void {
  const exports = createRequire(__filename)(path.join(COMPILED, `${module}.js`)) as Record<string, unknown>;
  const original = exports[name];
  if (typeof original !== 'function') throw new Error(`${module} exports no function ${name}: nothing was planted`);
  const planted = make(original as F);
  exports[name] = planted;
  if (exports[name] !== planted) throw new Error(`${name} of ${module} cannot be replaced: nothing was planted`);
}
