/**
 * Where Holdfast keeps files of the user: data that must survive (ledgers, the dev server's database) and a cache that may be
 * deleted at any time. Always outside the project, so that a fresh clone finds both again. Imports Node only.
 */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** `$HOLDFAST_DATA_DIR`, else the platform's place for a user's data. An absolute path; the folder may not exist yet. */
export function dataDir(env: Environment = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env.HOLDFAST_DATA_DIR) return resolve(env.HOLDFAST_DATA_DIR);
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'holdfast');
  if (platform === 'win32') return join(windowsLocal(env), 'holdfast');
  return join(xdg(env.XDG_DATA_HOME) ?? join(homedir(), '.local', 'share'), 'holdfast');
}

/** `$HOLDFAST_CACHE_DIR`, else the platform's place for a user's caches. An absolute path; the folder may not exist yet. */
export function cacheDir(env: Environment = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env.HOLDFAST_CACHE_DIR) return resolve(env.HOLDFAST_CACHE_DIR);
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'holdfast');
  if (platform === 'win32') return join(windowsLocal(env), 'holdfast', 'cache');
  return join(xdg(env.XDG_CACHE_HOME) ?? join(homedir(), '.cache'), 'holdfast');
}

/** The database file of the dev server that `npm run dev` keeps between its runs. */
export function devServerDbFile(env: Environment = process.env, platform: NodeJS.Platform = process.platform): string {
  return join(dataDir(env, platform), 'dev-server.sqlite');
}

/** The XDG base directory specification says that a relative path is invalid and must be ignored. */
function xdg(value: string | undefined): string | undefined {
  return value !== undefined && isAbsolute(value) ? value : undefined;
}

function windowsLocal(env: Environment): string {
  return env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
}
