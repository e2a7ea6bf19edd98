/** Run by tests in a process of its own: climbs the ladder with the folders it is given, prints its log and the path it found. */
import { findTemporalBinary } from '../../../worker/dev-server/find-temporal';

const [path, cacheDir, moduleDir] = process.argv.slice(2) as [string, string, string];

void findTemporalBinary({
  env: { PATH: path },
  cacheDir,
  moduleDir,
  download: () => Promise.reject(new Error('offline')),
  log: (line) => console.log(line),
}).then((found) => console.log(`found ${found.path}`));
