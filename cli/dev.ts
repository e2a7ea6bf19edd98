/**
 * `holdfast dev`: a Temporal server on this machine that keeps its sessions between runs, a worker for the given module, and the links to
 * look at both. Ends on Ctrl-C or SIGTERM: first the worker drains, then the server stops.
 */
import { join } from 'node:path';
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import { shownLedgerUrl } from '../activities/ledger/ledger-url';
import { createWorker, type HoldfastWorker } from '../worker';
import { dataDir, devServerDbFile } from '../worker/data-dir';
import { startDevServer, type DevServer } from '../worker/dev-server';
import { loadAgentsModule, type AgentsModule } from './agents-module';
import { commandName } from './command-name';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';

export interface DevFlags {
  readonly port?: string;
  readonly uiPort?: string;
  readonly db?: string;
  readonly taskQueue?: string;
}

export async function dev(modulePath: string | undefined, flags: DevFlags, io: Io): Promise<number> {
  const colours = pc.createColors(io.colour);
  const dbFile = flags.db ?? devServerDbFile();
  const options = { port: readPort('--port', flags.port), uiPort: readPort('--ui-port', flags.uiPort) };
  const stop = stopRequests(io);
  try {
    // The server first: what is wrong with its ports is known in a moment, and a module may start servers of its own.
    const server = await startDevServer({
      ...options,
      dbFile,
      log: (line) => writeLine(io.stderr, colours.dim(`temporal: ${line}`)),
    });
    try {
      return await workBeside(server, modulePath, flags, dbFile, { io, colours, stop });
    } finally {
      await server.stop();
    }
  } finally {
    stop.release();
  }
}

interface Surroundings {
  readonly io: Io;
  readonly colours: Colors;
  readonly stop: StopRequests;
}

async function workBeside(
  server: DevServer,
  modulePath: string | undefined,
  flags: DevFlags,
  dbFile: string,
  { io, colours, stop }: Surroundings,
): Promise<number> {
  const loaded = modulePath === undefined ? undefined : await loadAgentsModule(modulePath);
  const worker = loaded && (await startWorker(loaded, server, flags));
  for (const line of welcome(server, loaded, worker, dbFile, { io, colours })) writeLine(io.stdout, line);
  const ends: Promise<'asked' | 'server' | 'worker'>[] = [
    stop.asked.then(() => 'asked'),
    server.exited.then(() => 'server'),
  ];
  const working = worker?.run();
  if (working) ends.push(working.then(() => 'worker'));
  const end = await Promise.race(ends);
  if (end === 'server') throw new Error(`the Temporal server ended by itself; its log is ${server.logFile}`);
  if (end === 'asked') {
    writeLine(io.stderr, colours.dim('stopping: the worker finishes what is in flight, then the server ends'));
    shutDown(worker);
  }
  await working;
  return 0;
}

function startWorker(loaded: AgentsModule, server: DevServer, flags: DevFlags): Promise<HoldfastWorker> {
  return createWorker({ ...loaded, address: server.address, taskQueue: flags.taskQueue });
}

/** The SDK stops a worker on signals by itself, and refuses to be asked twice. */
function shutDown(worker: HoldfastWorker | undefined): void {
  try {
    worker?.shutdown();
  } catch {
    // Draining already.
  }
}

function welcome(
  server: DevServer,
  loaded: AgentsModule | undefined,
  worker: HoldfastWorker | undefined,
  dbFile: string,
  { io, colours }: Pick<Surroundings, 'io' | 'colours'>,
): readonly string[] {
  const row = (name: string, value: string) => `  ${colours.dim(name.padEnd(10))} ${value}`;
  const agents = loaded?.agents.map((agent) => agent.name) ?? [];
  const elsewhere = server.address === '127.0.0.1:7233' ? '' : ` --address ${server.address}`;
  const queue = worker && worker.config.taskQueue !== 'holdfast' ? ` --task-queue ${worker.config.taskQueue}` : '';
  return [
    row('server', server.address),
    ...(server.uiUrl ? [row('Web UI', colours.underline(`${server.uiUrl}/namespaces/default/workflows`))] : []),
    row('sessions', `${dbFile} (kept between runs; Temporal forgets closed ones after a day)`),
    ...(worker ? [row('ledger', shownLedgerUrl(worker.config.ledgerUrl ?? join(dataDir(), 'ledger.sqlite')))] : []),
    worker
      ? row('agents', agents.join(', '))
      : row(
          'agents',
          `none; give a module that exports them, or run: ${commandName(io.env)} worker <module> --address ${server.address}`,
        ),
    ...(agents[0] === undefined
      ? []
      : [row('talk', colours.bold(`${commandName(io.env)} chat ${agents[0]}${elsewhere}${queue}`))]),
    row('stop', 'Ctrl-C'),
  ];
}

interface StopRequests {
  readonly asked: Promise<void>;
  release(): void;
}

/** Ctrl-C and SIGTERM from now on ask for an orderly end. */
function stopRequests(io: Io): StopRequests {
  let ask: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (ask = resolve));
  const stopListening = io.onInterrupt(ask);
  process.on('SIGTERM', ask);
  return {
    asked,
    release: () => {
      stopListening();
      process.off('SIGTERM', ask);
    },
  };
}

function readPort(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(
      `${flag} takes a port of 1 to 65535, or 0 for a free one, got ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  return port;
}
