/** The last rung: builds the Temporal CLI, server and Web UI inside, from `deploy/temporal` with Go. Imports Node only. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BUILD_LIMIT_MS, PROGRESS_EVERY_MS } from './deadlines';

export interface GoBuild {
  readonly go: string;
  readonly moduleDir: string;
  /** File to write. Not the final name: a build that is cut off leaves half a file. */
  readonly output: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
/** Packages that `go build -v` names on an empty Go cache (`go list -deps`), for the progress line; fewer where some are cached. */
const ALL_PACKAGES = 1_717;

/** @throws Error with Go's last words when it fails or takes longer than the limit. */
export function buildWithGo(build: GoBuild): Promise<void> {
  const args = ['build', '-mod=readonly', '-v', '-o', build.output, PACKAGE];
  const child = spawn(build.go, args, {
    cwd: build.moduleDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...build.env,
      // A go.work of the user's above this folder would replace the module's own requirements.
      GOWORK: 'off',
      // Nothing in it needs C (its SQLite is pure Go), so a missing or half-installed compiler must not matter.
      CGO_ENABLED: '0',
    },
  });
  const started = Date.now();
  const last: string[] = [];
  let packages = 0;
  let downloads = 0;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith('go: downloading ')) downloads += 1;
      else if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) packages += 1;
      else last.push(line);
      if (last.length > 8) last.shift();
    });
  }
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    build.log(
      `building: ${seconds} s, ${downloads} modules downloaded, ${packages} of at most ${ALL_PACKAGES} packages compiled`,
    );
  }, PROGRESS_EVERY_MS);
  const limit = setTimeout(() => {
    last.push(`gave up after ${BUILD_LIMIT_MS / 60_000} minutes`);
    child.kill('SIGKILL');
  }, BUILD_LIMIT_MS);
  const endWithParent = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithParent);

  return new Promise<void>((done, fail) => {
    child.once('error', (error) => fail(new Error(`go could not be started (${error.message})`)));
    child.once('close', (code, signal) => {
      if (code === 0) done();
      else fail(new Error(`go build ended with ${signal ?? `code ${code}`}: ${last.join(' | ') || 'it said nothing'}`));
    });
  }).finally(() => {
    clearInterval(progress);
    clearTimeout(limit);
    process.off('exit', endWithParent);
  });
}
