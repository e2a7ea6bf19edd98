/** Loads the module that `holdfast worker` and `holdfast dev` are given: what it exports, checked, with errors that name the file. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PayloadCodec } from '@temporalio/common';
import type { Agent } from '../agents';
import type { Notify } from '../worker';
import { UsageError } from './report-error';

/** What a module exports for a worker. */
export interface AgentsModule {
  readonly agents: readonly Agent[];
  /** Ledgers that tools name: where each one is. */
  readonly ledgers?: Readonly<Record<string, string>>;
  /** The client needs the same. */
  readonly payloadCodecs?: readonly PayloadCodec[];
  /** Tells people that something waits for them. */
  readonly notify?: Notify;
}

/**
 * @param path a JavaScript module (CommonJS or ES), relative to the working folder. `agents` and `ledgers` may be promises.
 * @throws UsageError
 */
export async function loadAgentsModule(path: string): Promise<AgentsModule> {
  const file = resolve(path);
  if (!existsSync(file))
    throw new UsageError(`there is no module ${path}; give the path of a JavaScript file that exports agents`);
  const loaded = await importModule(file, path);
  const [agents, ledgers, payloadCodecs, notify] = await Promise.all(
    ['agents', 'ledgers', 'payloadCodecs', 'notify'].map((name) => exported(loaded, name)),
  );
  if (!Array.isArray(agents) || agents.length === 0 || !agents.every(isAgent)) {
    throw new UsageError(`${path} must export agents, a list of what defineAgent returns`);
  }
  if (ledgers !== undefined && !isTextRecord(ledgers)) {
    throw new UsageError(
      `${path} exports ledgers, which must be an object from names to places, such as { calendar: '/data/calendar.sqlite' }`,
    );
  }
  if (payloadCodecs !== undefined && !Array.isArray(payloadCodecs))
    throw new UsageError(`${path} exports payloadCodecs, which must be a list`);
  if (notify !== undefined && typeof notify !== 'function')
    throw new UsageError(`${path} exports notify, which must be a function`);
  return {
    agents: agents as readonly Agent[],
    ledgers,
    payloadCodecs: payloadCodecs as readonly PayloadCodec[] | undefined,
    notify: notify as Notify | undefined,
  };
}

/** @throws UsageError that names `path`, where `file` cannot be loaded. */
export async function importModule(file: string, path: string): Promise<Record<string, unknown>> {
  try {
    return await loadEither(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path} cannot be loaded: ${why}`, { cause: error });
  }
}

/** `require` takes ES modules too, but for those that await at their top. */
async function loadEither(file: string): Promise<Record<string, unknown>> {
  try {
    return createRequire(__filename)(file) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_REQUIRE_ASYNC_MODULE')) throw error;
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  }
}

/** A CommonJS module's exports are under `default` too, and only there where Node cannot see their names. */
export async function exported(loaded: Record<string, unknown>, name: string): Promise<unknown> {
  if (name in loaded) return loaded[name];
  const inner = loaded.default;
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined;
}

function isAgent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'name' in value && 'tools' in value;
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
}
