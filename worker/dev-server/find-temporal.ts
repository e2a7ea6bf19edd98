/**
 * The ladder that leads to a Temporal server: a running one, else a `temporal` binary from PATH, from our cache, from the SDK's
 * download, or built with Go. Each rung says in one line what it does; the line of the next one says why it did not serve.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../data-dir';
import { withLock } from './cache-lock';
import { BUILD_LIMIT_MS } from './deadlines';
import { findOnPath } from './find-on-path';
import { buildWithGo } from './go-build';
import { builtBinaryName, executableName, goModuleDir } from './go-module';
import { downloadWithSdk } from './sdk-download';
import { verifyBinary } from './verify-binary';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LadderOptions {
  /** Default `process.env`: PATH, TEMPORAL_ADDRESS, TEMPORAL_CLI_PATH, HOLDFAST_CACHE_DIR. */
  readonly env?: Environment;
  /** Default: our folder in the user's cache. */
  readonly cacheDir?: string;
  /** The Go module to build from; default `deploy/temporal` of this package. */
  readonly moduleDir?: string;
  /** Receives one line per rung, and progress. Default: stderr. */
  readonly log?: (line: string) => void;
  /** The SDK's download; a test puts its own here. */
  readonly download?: typeof downloadWithSdk;
}

export interface TemporalBinary {
  readonly kind: 'binary';
  readonly path: string;
  readonly rung: 'path' | 'cache' | 'download' | 'build';
  /** What `temporal --version` says. */
  readonly version: string;
}

export type FoundTemporal = { readonly kind: 'server'; readonly address: string } | TemporalBinary;

/** No rung served. The message holds every rung's reason and what to do. */
export class TemporalNotFoundError extends Error {
  override readonly name = 'TemporalNotFoundError';
}

/** The whole ladder. A server that TEMPORAL_ADDRESS names is used, never started; whether it answers shows on connecting. */
export async function findTemporal(options: LadderOptions = {}): Promise<FoundTemporal> {
  const address = (options.env ?? process.env).TEMPORAL_ADDRESS;
  if (address) {
    say(options)(`using the Temporal server at ${address} (TEMPORAL_ADDRESS)`);
    return { kind: 'server', address };
  }
  return climb(options, ['TEMPORAL_ADDRESS is not set']);
}

/** The ladder without its first rung: for whoever needs a server of their own. @throws TemporalNotFoundError */
export async function findTemporalBinary(options: LadderOptions = {}): Promise<TemporalBinary> {
  return climb(options, []);
}

async function climb(options: LadderOptions, before: readonly string[]): Promise<TemporalBinary> {
  const env = options.env ?? process.env;
  const reasons = [...before];
  const ladder = new Ladder({
    env,
    log: say(options),
    cache: options.cacheDir ?? cacheDir(env),
    moduleDir: options.moduleDir ?? goModuleDir(),
    download: options.download ?? downloadWithSdk,
    reasons,
  });
  const early = (await ladder.onPath()) ?? (await ladder.inCache());
  if (early) return early;
  const made = await ladder.alone(
    async () => (await ladder.inCacheAgain()) ?? (await ladder.downloaded()) ?? (await ladder.built()),
  );
  if (made) return made;
  throw new TemporalNotFoundError(
    `No Temporal dev server could be found or made: ${reasons.join('; ')}. Install the Temporal CLI (https://docs.temporal.io/cli) so that ` +
      '`temporal` is on PATH, install Go (https://go.dev/dl), or set TEMPORAL_ADDRESS to a running server.',
  );
}

interface LadderParts {
  readonly env: Environment;
  readonly log: (line: string) => void;
  readonly cache: string;
  readonly moduleDir: string;
  readonly download: typeof downloadWithSdk;
  /** Why each rung so far did not serve. */
  readonly reasons: string[];
}

/** Each rung answers a binary, or undefined and a reason. */
class Ladder {
  private readonly builtPath: string;
  private readonly downloadedPath: string;

  constructor(private readonly parts: LadderParts) {
    this.builtPath = join(parts.cache, builtBinaryName(parts.moduleDir));
    this.downloadedPath = join(
      parts.cache,
      executableName(`temporal-sdk-${sdkVersion()}-${process.platform}-${process.arch}`),
    );
  }

  /** TEMPORAL_CLI_PATH is somebody's explicit choice: when it does not work that is an error, not a reason to go on. */
  async onPath(): Promise<TemporalBinary | undefined> {
    const chosen = this.parts.env.TEMPORAL_CLI_PATH;
    if (chosen) {
      const check = await verifyBinary(chosen);
      if (check.kind === 'bad') {
        throw new TemporalNotFoundError(
          `TEMPORAL_CLI_PATH is ${chosen}, which ${check.reason}; set it to a Temporal CLI or unset it.`,
        );
      }
      this.line(`using ${chosen} (TEMPORAL_CLI_PATH): ${check.version}`);
      return { kind: 'binary', path: chosen, rung: 'path', version: check.version };
    }
    const found = findOnPath('temporal', this.parts.env);
    if (found === undefined) return this.no('temporal is not on PATH');
    return this.take(found, 'path', 'on PATH');
  }

  async inCache(): Promise<TemporalBinary | undefined> {
    const there = [this.builtPath, this.downloadedPath].filter((path) => existsSync(path));
    if (there.length === 0) this.line(`looking in the cache ${this.parts.cache}`);
    for (const path of there) {
      const binary = await this.take(path, 'cache', 'in the cache');
      if (binary) return binary;
    }
    return there.length > 0 ? undefined : this.no(`the cache ${this.parts.cache} has no binary of this version`);
  }

  /** After a wait for another process, which may have put it there. Silent when it did not: that reason is already given. */
  async inCacheAgain(): Promise<TemporalBinary | undefined> {
    for (const path of [this.builtPath, this.downloadedPath]) {
      const check = existsSync(path) ? await verifyBinary(path) : undefined;
      if (check?.kind !== 'good') continue;
      this.parts.log(`using ${path} (another process made it): ${check.version}`);
      return { kind: 'binary', path, rung: 'cache', version: check.version };
    }
    return undefined;
  }

  downloaded(): Promise<TemporalBinary | undefined> {
    this.line('asking the SDK to download the Temporal CLI');
    return this.make('download', this.downloadedPath, (folder) =>
      this.parts.download({ into: folder, env: this.parts.env, log: this.parts.log }),
    );
  }

  async built(): Promise<TemporalBinary | undefined> {
    const go = findOnPath('go', this.parts.env);
    if (go === undefined) {
      this.line('a build needs Go');
      return this.no('go is not on PATH, so nothing can be built');
    }
    this.line(`building the Temporal CLI with ${go} into ${this.builtPath} (once; some minutes)`);
    return this.make('build', this.builtPath, async (folder) => {
      const output = join(folder, executableName('temporal'));
      await buildWithGo({ go, moduleDir: this.parts.moduleDir, output, env: this.parts.env, log: this.parts.log });
      return output;
    });
  }

  /** One process at a time makes a binary; the others wait for it. */
  async alone<T>(work: () => Promise<T>): Promise<T | undefined> {
    const waiting = (pid: number | undefined): void =>
      this.parts.log(
        `another process${pid === undefined ? '' : ` (${pid})`} is getting the Temporal CLI; waiting for it`,
      );
    try {
      mkdirSync(this.parts.cache, { recursive: true });
      return await withLock(`${this.builtPath}.lock`, waiting, () => {
        sweep(this.parts.cache);
        return work();
      });
    } catch (error) {
      return this.no(`the cache folder cannot be written to (${message(error)}; HOLDFAST_CACHE_DIR may name another)`);
    }
  }

  /** Runs `into` on a fresh folder beside the cache's files, checks what it made and only then gives it its final name. */
  private async make(
    rung: 'download' | 'build',
    target: string,
    into: (folder: string) => Promise<string>,
  ): Promise<TemporalBinary | undefined> {
    let folder: string | undefined;
    try {
      folder = mkdtempSync(join(this.parts.cache, `${rung}-`));
      const made = await into(folder);
      chmodSync(made, 0o755);
      const check = await verifyBinary(made);
      if (check.kind === 'bad') return this.no(`what the ${rung} made ${check.reason}`);
      renameSync(made, target);
      this.parts.log(`${rung} done: ${target}: ${check.version}`);
      return { kind: 'binary', path: target, rung, version: check.version };
    } catch (error) {
      return this.no(`the ${rung} failed (${message(error)})`);
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  }

  private async take(path: string, rung: 'path' | 'cache', where: string): Promise<TemporalBinary | undefined> {
    const check = await verifyBinary(path);
    if (check.kind === 'bad') return this.no(`${path} (${where}) ${check.reason}`);
    this.line(`using ${path} (${where}): ${check.version}`);
    return { kind: 'binary', path, rung, version: check.version };
  }

  private no(reason: string): undefined {
    this.parts.reasons.push(reason);
    return undefined;
  }

  /** What is done now, and why the rung before did not serve. */
  private line(text: string): void {
    const why = this.parts.reasons.at(-1);
    this.parts.log(why === undefined ? text : `${why}: ${text}`);
  }
}

/** Removes what killed processes left: working folders older than any build that still goes on. */
function sweep(cache: string): void {
  for (const name of readdirSync(cache).filter((entry) => /^(download|build)-/.test(entry))) {
    const folder = join(cache, name);
    const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > 2 * BUILD_LIMIT_MS) rmSync(folder, { recursive: true, force: true });
  }
}

function sdkVersion(): string {
  const manifest = JSON.parse(readFileSync(require.resolve('@temporalio/worker/package.json'), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}

function say(options: LadderOptions): (line: string) => void {
  return options.log ?? ((line) => void process.stderr.write(`temporal: ${line}\n`));
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
