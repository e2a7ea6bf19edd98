/** Asks a `temporal` binary what it is before anything relies on it. Imports Node only. */
import { execFile } from 'node:child_process';
import { VERIFY_BINARY_MS } from './deadlines';

/**
 * Update-with-start, which opens every session, is on by default from this server version on
 * (https://github.com/temporalio/temporal/releases/tag/v1.28.0).
 */
export const OLDEST_SERVER = [1, 28] as const;

export type BinaryCheck =
  { readonly kind: 'good'; readonly version: string } | { readonly kind: 'bad'; readonly reason: string };

/** Runs `<path> --version`. Never throws: a binary that cannot run is `bad`, with the reason in words that follow its path. */
export function verifyBinary(path: string): Promise<BinaryCheck> {
  return new Promise((done) => {
    execFile(path, ['--version'], { timeout: VERIFY_BINARY_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error) {
        const said = (stderr || stdout).trim().split('\n').pop();
        const why = error.killed
          ? `did not answer --version within ${VERIFY_BINARY_MS / 1000} s`
          : said || `does not run (${String(error.code ?? error.message)})`;
        return done({ kind: 'bad', reason: why });
      }
      done(judgeVersion(stdout.trim()));
    });
  });
}

/** @param output e.g. `temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)` */
export function judgeVersion(output: string): BinaryCheck {
  const server = /^temporal version .*\(Server (\d+)\.(\d+)\.\d+/.exec(output);
  if (!server) {
    return { kind: 'bad', reason: `is not the Temporal CLI (--version said ${JSON.stringify(output.slice(0, 80))})` };
  }
  const [major, minor] = [Number(server[1]), Number(server[2])];
  if (major < OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor < OLDEST_SERVER[1])) {
    return { kind: 'bad', reason: `is too old (${output}; server ${OLDEST_SERVER.join('.')} or newer is needed)` };
  }
  return { kind: 'good', version: output };
}
