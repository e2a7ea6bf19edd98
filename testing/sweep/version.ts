/** Versions that a report names. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of this package and of what it runs on. */
export function versions(): Readonly<Record<string, string>> {
  return {
    holdfast: versionAbove(__dirname) ?? 'unknown',
    node: process.version,
    '@temporalio/worker': versionAbove(dirname(require.resolve('@temporalio/worker'))) ?? 'unknown',
    platform: `${process.platform} ${process.arch}`,
  };
}

/** Of the nearest package that holds a folder. */
function versionAbove(folder: string): string | undefined {
  for (let here = folder; ; here = dirname(here)) {
    try {
      const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as { version?: string };
      if (version) return version;
    } catch {
      // The folder above.
    }
    if (here === dirname(here)) return undefined;
  }
}
