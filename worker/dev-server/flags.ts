/**
 * Every option of `temporal server start-dev` that Holdfast sets, with its reason beside it. For development: nothing here is
 * how a production server should run. Imports contracts only. Figures: DESIGN section 11.
 */
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts/names';

export interface DevServerFlags {
  readonly ip: string;
  readonly port: number;
  /** Absent: no Web UI. */
  readonly uiPort?: number;
  /** Absent: everything is kept in memory and lost with the process. */
  readonly dbFile?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'never';
}

/** The arguments after `temporal`. */
export function devServerArgs(flags: DevServerFlags): readonly string[] {
  return [
    'server',
    'start-dev',
    // Loopback unless asked otherwise: a dev server asks nobody who they are.
    ...['--ip', flags.ip],
    ...['--port', String(flags.port)],
    ...(flags.uiPort === undefined ? ['--headless'] : ['--ui-port', String(flags.uiPort)]),
    // The default of `start-dev` is warn, which holds a warning per worker that goes away; errors are what one looks for.
    ...['--log-level', flags.logLevel],
    // The output goes into a file.
    ...['--color', 'never'],
    ...dynamicConfig(),
    ...searchAttributes(),
    ...(flags.dbFile === undefined ? [] : ['--db-filename', flags.dbFile, ...sqlitePragmas()]),
  ];
}

function dynamicConfig(): readonly string[] {
  return [
    // The default of 20 a second per shard, on a dev server with its one shard, holds any session to one task per 50 ms: a step
    // takes 102 ms instead of 15.
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
    // An activity may come back with the answer to the workflow task that scheduled it: one dispatch less (10 to 8 ms a step).
    ...['--dynamic-config-value', 'system.enableActivityEagerExecution=true'],
  ];
}

/** Only with a file. NOT for production: after a power cut the last writes can be missing. SIGKILL of the server loses nothing. */
function sqlitePragmas(): readonly string[] {
  return [
    // Readers and the writer do not wait for each other.
    ...['--sqlite-pragma', 'journal_mode=wal'],
    // With the line above: 3 fsyncs instead of 624 in a session of 10 steps.
    ...['--sqlite-pragma', 'synchronous=normal'],
  ];
}

/** Registered at start, also on a file that has them already (the server skips those). */
function searchAttributes(): readonly string[] {
  return Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]);
}
