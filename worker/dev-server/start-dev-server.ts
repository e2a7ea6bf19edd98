/** Starts a Temporal dev server as a child of this process and stops it again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pickPorts, portWishes } from './choose-ports';
import { SERVER_STOP_MS } from './deadlines';
import { findTemporalBinary, type LadderOptions } from './find-temporal';
import { devServerArgs, type DevServerFlags } from './flags';
import { atProcessEnd, killWithParent } from './lifetime';
import { dialable, hostPort } from './ports';
import { waitUntilReady } from './wait-until-ready';

export interface DevServerOptions {
  /** Where sessions are kept between runs; made when absent. Without it everything is in memory. */
  readonly dbFile?: string;
  /** gRPC; 0 picks a free one. Default 7233. */
  readonly port?: number;
  /** Web UI; 0 picks a free one. Default `port` + 1000, or a free one when the gRPC port was picked. */
  readonly uiPort?: number;
  /** True: no Web UI. */
  readonly headless?: boolean;
  /** Default 127.0.0.1. */
  readonly ip?: string;
  /** A `temporal` binary; by default the ladder finds one. */
  readonly binary?: string;
  readonly logLevel?: DevServerFlags['logLevel'];
  /** True: also a SIGKILL of this process ends the server. Default: true in memory, false with a database file. */
  readonly dieWithParent?: boolean;
  /** True: the server goes on when this process ends, in whatever way; only `stop` and `kill` end it. */
  readonly keepRunning?: boolean;
  /** Lines about the search for a binary. Default: stderr. */
  readonly log?: (line: string) => void;
  /** Where the ladder looks. */
  readonly ladder?: Omit<LadderOptions, 'log'>;
}

export interface DevServer {
  /** `host:port` for clients and workers. */
  readonly address: string;
  /** Absent when headless. */
  readonly uiUrl?: string;
  readonly port: number;
  readonly uiPort?: number;
  readonly pid: number;
  /** What the server prints; beside the database file, else a temporary file that goes with the server. */
  readonly logFile: string;
  /** Settles when the process is gone, by whatever cause. */
  readonly exited: Promise<void>;
  /** SIGTERM and, after 10 s, SIGKILL (at once for a server in memory); resolves when it is gone. Safe to repeat. */
  stop(): Promise<void>;
  /** SIGKILL, at once; `exited` says when it is gone. */
  kill(): void;
}

/** A port that was free a moment ago (picked here, or by the server for its own parts) can be taken by the time it is used. */
const START_TRIES = 5;

/**
 * Resolves when the server answers, with the search attributes registered.
 * @throws Error in one sentence: port taken, no binary, or what the server said before it ended.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const ip = options.ip ?? '127.0.0.1';
  const wishes = await portWishes(ip, options);
  const binary = options.binary ?? (await findTemporalBinary({ ...options.ladder, log: options.log })).path;
  for (let attempt = 1; ; attempt++) {
    const ports = await pickPorts(ip, wishes);
    try {
      const flags = { ip, ...ports, dbFile: options.dbFile, logLevel: options.logLevel ?? 'error' } as const;
      return await launch(binary, flags, options);
    } catch (error) {
      if (attempt === START_TRIES || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

async function launch(binary: string, flags: DevServerFlags, options: DevServerOptions): Promise<DevServer> {
  const temporary = flags.dbFile === undefined ? mkdtempSync(join(tmpdir(), 'holdfast-server-')) : undefined;
  const logFile = temporary ? join(temporary, 'server.log') : `${flags.dbFile}.log`;
  const child = spawnServer(binary, flags, logFile);
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  const releases: (() => void)[] = [];
  if (!options.keepRunning) releases.push(atProcessEnd(() => end(child, temporary)));
  if ((options.dieWithParent ?? flags.dbFile === undefined) && !options.keepRunning && child.pid !== undefined) {
    releases.push(killWithParent(child.pid, temporary));
  }
  void exited.then(() => releases.forEach((release) => release()));

  try {
    await untilReadyOrDead(child, flags, logFile);
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    if (temporary) rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  // A script that is done may end although its server runs; whoever stops or kills the server waits for it again.
  child.unref();
  const signal = (name: NodeJS.Signals): void => {
    child.ref();
    child.kill(name);
  };
  return {
    address: hostPort(dialable(flags.ip), flags.port),
    uiUrl: flags.uiPort === undefined ? undefined : `http://${hostPort(dialable(flags.ip), flags.uiPort)}`,
    port: flags.port,
    uiPort: flags.uiPort,
    pid: child.pid as number,
    logFile,
    exited,
    kill: () => signal('SIGKILL'),
    stop: async () => {
      // In memory there is nothing to finish, and an orderly end takes a second.
      signal(temporary ? 'SIGKILL' : 'SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), SERVER_STOP_MS);
      await exited;
      clearTimeout(late);
      if (temporary) rmSync(temporary, { recursive: true, force: true });
    },
  };
}

/** Output goes to a file, not a pipe: a server that outlives this process would die of the closed pipe at its next line. */
function spawnServer(binary: string, flags: DevServerFlags, logFile: string): ChildProcess {
  const output = openOutput(logFile);
  try {
    return spawn(binary, devServerArgs(flags), {
      stdio: ['ignore', output, output],
      // In a group of its own Ctrl-C reaches only this process, which stops the server when it no longer needs it. Windows has
      // no such groups, and there a child that is not detached ends with its parent.
      detached: process.platform !== 'win32',
      env: withoutTemporalSettings(process.env),
    });
  } finally {
    closeSync(output);
  }
}

function openOutput(logFile: string): number {
  try {
    mkdirSync(dirname(logFile), { recursive: true });
    return openSync(logFile, 'w');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The dev server's folder cannot be written to (${why}): choose a database file in a folder of yours.`,
    );
  }
}

/** The server is set up by its flags alone; the CLI also reads flags' values from such variables. */
function withoutTemporalSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

async function untilReadyOrDead(child: ChildProcess, flags: DevServerFlags, logFile: string): Promise<void> {
  const dead = new AbortController();
  const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
    dead.abort(new Error(`The dev server ended at its start (${signal ?? `code ${code}`}): ${lastLines(logFile)}`));
  };
  const onError = (error: Error): void =>
    dead.abort(new Error(`The dev server could not be started: ${error.message}`));
  child.once('exit', onExit);
  child.once('error', onError);
  try {
    await waitUntilReady(dialable(flags.ip), flags.port, dead.signal);
  } finally {
    child.off('exit', onExit);
  }
}

function lastLines(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  // A wrong flag prints the error first and then pages of usage.
  const error = lines.find((line) => /^error/i.test(line));
  return error ?? (lines.slice(-5).join(' | ') || 'it said nothing');
}

function end(child: ChildProcess, temporary: string | undefined): void {
  child.kill('SIGKILL');
  if (temporary) rmSync(temporary, { recursive: true, force: true });
}
