/** Where files of the user go, by platform and environment. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { cacheDir, dataDir, devServerDbFile } from '../../worker/data-dir';

const home = homedir();

test.each([
  ['linux', {}, join(home, '.local/share/holdfast'), join(home, '.cache/holdfast')],
  ['linux', { XDG_DATA_HOME: '/d', XDG_CACHE_HOME: '/c' }, '/d/holdfast', '/c/holdfast'],
  // The specification: relative paths are invalid and must be ignored.
  [
    'linux',
    { XDG_DATA_HOME: 'd', XDG_CACHE_HOME: '' },
    join(home, '.local/share/holdfast'),
    join(home, '.cache/holdfast'),
  ],
  [
    'darwin',
    { XDG_DATA_HOME: '/d' },
    join(home, 'Library/Application Support/holdfast'),
    join(home, 'Library/Caches/holdfast'),
  ],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/holdfast', '/local/holdfast/cache'],
  ['win32', {}, join(home, 'AppData/Local/holdfast'), join(home, 'AppData/Local/holdfast/cache')],
  ['darwin', { HOLDFAST_DATA_DIR: '/mine', HOLDFAST_CACHE_DIR: 'there' }, '/mine', resolve('there')],
] as const)('%s with %j', (platform, env, data, cache) => {
  expect(dataDir(env, platform)).toBe(data);
  expect(cacheDir(env, platform)).toBe(cache);
  expect(devServerDbFile(env, platform)).toBe(join(data, 'dev-server.sqlite'));
});
