/** What compiled code imports, and whether it is there. */
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';

/** Module names in compiled code: `require('x')` and `import('x')`. */
export function imports(code: string): string[] {
  const withoutComments = code.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [...withoutComments.matchAll(/\b(?:require|import)\(\s*(['"])([^'"]+)\1\s*\)/g)].map(
    (match) => match[2] ?? '',
  );
}

/** @param declared the packages that the manifest names. */
export function isThere(folder: string, specifier: string, declared: readonly string[]): boolean {
  if (specifier.startsWith('.')) {
    const target = path.join(folder, specifier);
    return [target, `${target}.js`, path.join(target, 'index.js')].some(
      (file) => /\.js(on)?$/.test(file) && existsSync(file),
    );
  }
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return true;
  return declared.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}
