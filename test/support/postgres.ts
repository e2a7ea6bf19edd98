/** A Postgres for tests: the run's shared one (see global-setup.ts), or one of a test's own, that it may kill and start again. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { atProcessEnd, killWithParent } from '../../worker/dev-server/lifetime';
import { pickFreePort } from '../../worker/dev-server/ports';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries';

const HOST = '127.0.0.1';
const USER = 'holdfast';
const PASSWORD = 'not-a-secret';
const START_WITHIN_MS = 30_000;
const START_TRIES = 5;

/** Postgres does not run as root; `nobody` is a user that every system has. */
const NOBODY = 65_534;

export interface TestPostgres {
  /** Of its first database, as a user who may do everything. */
  readonly url: string;
  readonly port: number;
  /** SIGKILL of the server and of all its connections' processes; resolves when they are gone. The data stays. */
  kill(): Promise<void>;
  /** After `kill` or `stop`: on the same port and data. Resolves when it answers. */
  start(): Promise<void>;
  /** Ends connections at once, in order (57P01), and the server; removes the data where it made the folder itself and `forGood` is not false. */
  stop(options?: { readonly forGood?: boolean }): Promise<void>;
}

export interface TestPostgresOptions {
  readonly port?: number;
  /** Where its data is kept; a fresh folder that `stop` removes where none is given. */
  readonly folder?: string;
  /** Settings of the server: `{ max_connections: '20' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server of the caller's own, in about a second. It ends with this process at the latest. */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const own = options.folder === undefined;
  const home = options.folder ?? mkdtempSync(path.join(tmpdir(), 'holdfast-postgres-'));
  const asRoot = userInfo().uid === 0;
  const binaries = postgresBinaries(asRoot, path.join(home, 'native'));
  const data = path.join(home, 'data');
  if (!existsSync(path.join(data, 'PG_VERSION'))) makeCluster(binaries, home, data, asRoot);
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await pickFreePort(HOST));
    const server = new PostgresServer(binaries, home, port, own, asRoot, options.settings ?? {});
    try {
      await server.start();
      return server;
    } catch (error) {
      if (options.port !== undefined || attempt === START_TRIES || !/could not bind/.test(String(error))) {
        await server.stop();
        throw error;
      }
    }
  }
}

/**
 * A place of its own for one test on the run's shared server: a schema, which the url makes the only one that is looked in. A database for each
 * would do the same and take many times as long.
 * @throws Error where there is no server
 */
export async function temporaryDatabase(server = sharedPostgresUrl()): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await queryOnce(server, `create schema ${name}`);
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${name}`);
  return {
    url: url.href,
    drop: async () => {
      await queryOnce(server, `set client_min_messages = warning; drop schema if exists ${name} cascade`);
    },
  };
}

/** Of the run's shared server. @throws Error that says why there is none */
export function sharedPostgresUrl(): string {
  const url = process.env.HOLDFAST_TEST_POSTGRES;
  if (!url)
    throw new Error(process.env.HOLDFAST_TEST_POSTGRES_ERROR ?? 'there is no Postgres for this run: run it with jest');
  return url;
}

/** Runs one statement in a database, over a connection of its own. @returns its rows */
export async function queryOnce<Row>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that a test kills at that moment is no error of this process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows as Row[];
  } finally {
    await client.end().catch(() => undefined);
  }
}

class PostgresServer implements TestPostgres {
  readonly url: string;
  #child: ChildProcess | undefined;
  #release: (() => void)[] = [];

  constructor(
    private readonly binaries: PostgresBinaries,
    private readonly home: string,
    readonly port: number,
    private readonly own: boolean,
    private readonly asRoot: boolean,
    private readonly settings: Readonly<Record<string, string>>,
  ) {
    this.url = `postgres://${USER}:${PASSWORD}@${HOST}:${port}/postgres`;
  }

  async start(): Promise<void> {
    const giveUpAt = performance.now() + START_WITHIN_MS;
    for (;;) {
      const child = this.spawn();
      while (child.exitCode === null && child.signalCode === null) {
        if (await answers(this.url)) return;
        if (performance.now() > giveUpAt) {
          await this.kill();
          throw new Error(`Postgres did not answer within ${START_WITHIN_MS / 1000} s: ${this.lastWords()}`);
        }
        await sleep(20);
      }
      this.gone();
      // The processes of connections of a server that was killed hold its memory until they notice.
      if (!/pre-existing shared memory|lock file/.test(this.lastWords()) || performance.now() > giveUpAt) {
        throw new Error(`Postgres ended at once: ${this.lastWords()}`);
      }
      await sleep(50);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const workers = childrenOf(child.pid);
    await this.end(child, 'SIGKILL');
    for (const pid of workers) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went with its server.
      }
    }
  }

  async stop({ forGood = true }: { readonly forGood?: boolean } = {}): Promise<void> {
    // SIGINT is Postgres' fast shutdown: connections are told and closed, nothing is waited for.
    if (this.#child) await this.end(this.#child, 'SIGINT');
    if (this.own && forGood) rmSync(this.home, { recursive: true, force: true });
  }

  private spawn(): ChildProcess {
    const settings = { listen_addresses: HOST, unix_socket_directories: '', max_connections: '300', ...this.settings };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = openSync(this.logFile, 'w');
    const child = spawn(
      this.binaries.postgres,
      ['-D', path.join(this.home, 'data'), '-p', String(this.port), ...flags],
      {
        stdio: ['ignore', log, log],
        cwd: this.home,
        env: { ...process.env, LC_ALL: 'C' },
        ...identity(this.asRoot),
      },
    );
    closeSync(log);
    child.on('error', () => undefined);
    child.unref();
    this.#child = child;
    const folder = this.own ? this.home : undefined;
    this.#release = [
      atProcessEnd(() => {
        child.kill('SIGKILL');
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      }),
    ];
    if (child.pid !== undefined) this.#release.push(killWithParent(child.pid, folder));
    return child;
  }

  private async end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    child.ref();
    if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await once(child, 'exit');
    this.gone();
  }

  private gone(): void {
    for (const release of this.#release.splice(0)) release();
    this.#child = undefined;
  }

  private get logFile(): string {
    return path.join(this.home, 'server.log');
  }

  private lastWords(): string {
    return readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-4).join(' | ');
  }
}

function makeCluster(binaries: PostgresBinaries, home: string, data: string, asRoot: boolean): void {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(home, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  if (asRoot) for (const file of [home, data, passwordFile]) chownSync(file, NOBODY, NOBODY);
  const flags = [
    '--auth=scram-sha-256',
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ];
  const made = spawnSync(binaries.initdb, [`--pgdata=${data}`, ...flags], {
    cwd: home,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    ...identity(asRoot),
  });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) {
    throw new Error(`Postgres for tests could not be made: ${(made.error?.message ?? made.stderr).trim().slice(-500)}`);
  }
}

function identity(asRoot: boolean): { uid?: number; gid?: number } {
  return asRoot ? { uid: NOBODY, gid: NOBODY } : {};
}

async function answers(url: string): Promise<boolean> {
  try {
    await queryOnce(url, 'select 1');
    return true;
  } catch {
    return false;
  }
}

function childrenOf(pid: number | undefined): readonly number[] {
  if (pid === undefined) return [];
  const listed = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = (listed.stdout || '')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([, parent]) => parent === pid).map(([child]) => child as number);
}
