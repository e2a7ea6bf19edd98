/** The Go module that the dev server is built from, and the name that a binary built from it has in the cache. Imports Node only. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `deploy/temporal` of this package, whether this file runs as source or from `dist`. */
export function goModuleDir(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'deploy', 'temporal');
    if (existsSync(join(candidate, 'go.mod'))) return candidate;
    if (dirname(folder) === folder) {
      throw new Error(
        `No folder above ${from} holds deploy/temporal/go.mod: the holdfast package is incomplete, install it again.`,
      );
    }
  }
}

/**
 * Version of the CLI, a hash of go.mod and go.sum and the platform: a change of any of them is another file, so an old binary
 * is never taken for a new one and two checkouts can share a cache.
 */
export function builtBinaryName(moduleDir: string): string {
  const goMod = readFileSync(join(moduleDir, 'go.mod'), 'utf8');
  const version = /github\.com\/temporalio\/cli v(\S+)/.exec(goMod)?.[1] ?? 'unknown';
  const hash = createHash('sha256')
    .update(goMod)
    .update(readFileSync(join(moduleDir, 'go.sum')))
    .digest('hex')
    .slice(0, 12);
  return executableName(`temporal-${version}-${hash}-${process.platform}-${process.arch}`);
}

export function executableName(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}
