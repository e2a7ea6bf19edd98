/**
 * The rung before a build: the SDK's own download of the CLI. The native bridge does it while it starts an ephemeral server
 * (there is no call that only downloads), and it needs a Runtime, of which a process has one. So it runs in a process of its own,
 * which can also be killed: the bridge has no deadline. Imports Node and, in that process, @temporalio/worker.
 */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DOWNLOAD_FIRST_BYTE_MS, DOWNLOAD_STALL_MS, PROGRESS_EVERY_MS } from './deadlines';

/** Arguments: the @temporalio/worker to load, the folder to download into. Starting the server proves the binary, too. */
const SCRIPT = `
const { Runtime } = require(process.argv[1]);
const { version } = require(process.argv[1].replace(/lib[\\\\/]index\\.js$/, '') + 'package.json');
(async () => {
  Runtime.install({ logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} } });
  const runtime = Runtime.instance();
  const exe = { type: 'cached-download', downloadDir: process.argv[2], version: 'default', ttl: 86400000,
    sdkName: 'sdk-typescript', sdkVersion: version };
  const server = await runtime.createEphemeralServer({ type: 'dev-server', exe, ip: '127.0.0.1', port: null, ui: false,
    uiPort: null, namespace: 'default', dbFilename: null, log: { format: 'json', level: 'error' }, extraArgs: [] });
  await runtime.shutdownEphemeralServer(server);
})().then(() => process.exit(0), (error) => {
  let text = String(error && error.message || error);
  for (let cause = error && error.cause; cause; cause = cause.cause) text += ': ' + cause.message;
  text = text.replace(/\\s+/g, ' ').replace(/error sending request for url \\([^)]*\\):? ?/g, '');
  process.stderr.write('\\n' + text + '\\n', () => process.exit(1));
});
`;

export interface SdkDownload {
  /** An empty folder; the binary is the only file in it afterwards. */
  readonly into: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  /** How long nothing may arrive at the beginning; a test shortens it. */
  readonly firstByteMs?: number;
}

/** @returns path of the downloaded binary. @throws Error with the reason when nothing arrives in time. */
export async function downloadWithSdk(download: SdkDownload): Promise<string> {
  const child = spawn(process.execPath, ['-e', SCRIPT, require.resolve('@temporalio/worker'), download.into], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: download.env,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));

  const started = Date.now();
  let bytes = 0;
  let grewAt = started;
  let reportedAt = started;
  let gaveUp: string | undefined;
  const watch = setInterval(() => {
    const now = Date.now();
    const size = sizeOf(download.into);
    if (size > bytes) [bytes, grewAt] = [size, now];
    const patience = bytes === 0 ? (download.firstByteMs ?? DOWNLOAD_FIRST_BYTE_MS) : DOWNLOAD_STALL_MS;
    if (now - grewAt > patience) {
      gaveUp = `nothing arrived for ${patience / 1000} s`;
      child.kill('SIGKILL');
    } else if (bytes > 0 && now - reportedAt > PROGRESS_EVERY_MS) {
      reportedAt = now;
      download.log(`downloading: ${Math.round((now - started) / 1000)} s, ${Math.round(bytes / 1e6)} MB`);
    }
  }, 250);
  const endWithParent = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithParent);
  try {
    const code = await new Promise<number | null>((done, fail) => {
      child.once('error', fail);
      child.once('close', done);
    });
    if (code !== 0)
      throw new Error(gaveUp ?? (said.trim().split('\n').pop() || `the download ended with code ${code}`));
  } finally {
    clearInterval(watch);
    process.off('exit', endWithParent);
  }
  const file = readdirSync(download.into).find((name) => !name.endsWith('.downloading'));
  if (file === undefined) throw new Error('the download left no file');
  return join(download.into, file);
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
