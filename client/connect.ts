/** From options and environment to a client that talks to a server which was there a moment ago. */
import { connect as connectSocket } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { NamespaceNotFoundError, type PayloadCodec } from '@temporalio/common';
import { DEFAULT_TASK_QUEUE, SEARCH_ATTRIBUTES, USER_SEARCH_ATTRIBUTE } from '../workflows/contracts';
import {
  isLoopback,
  loadConnectionConfig,
  splitAddress,
  type AddressOptions,
  type ConnectionConfig,
} from './connection-config';
import { holdfastDataConverter } from './data-converter';
import { systemClock } from './deadline';
import { BadConfig, ServerUnavailable } from './errors';
import { callService, CALL_TIMEOUT_MS, type Service } from './service';
import { SessionClient } from './session-client';
import type { ReadStoredPart } from './transcript';

export interface ConnectOptions extends AddressOptions {
  /** Task queue on which sessions are started; absent: HOLDFAST_TASK_QUEUE, or `holdfast`. */
  readonly taskQueue?: string;
  /** The same, in the same order, as the worker's (encryption, compression). */
  readonly payloadCodecs?: readonly PayloadCodec[];
  /**
   * The product's search attributes that sessions of this client show; each must be registered in the namespace. Absent: all of them, but with `payloadCodecs`
   * without `HoldfastUser`: no codec hides what is indexed, and who encrypts what is said may not want to show to whom.
   */
  readonly searchAttributes?: readonly (keyof typeof SEARCH_ATTRIBUTES)[];
  /**
   * Reads from a ledger what long sessions stored of their conversations. Absent, or where it gives undefined: the run that stored it is
   * asked, as long as the server keeps it.
   */
  readonly readStoredPart?: ReadStoredPart;
}

/** Heartbeat timeout of model calls under the dev profile, ms: a session whose worker was killed goes on in about 5 s. */
const DEV_HEARTBEAT_MS = 3_000;
/**
 * How long a worker may hold a workflow task under the dev profile, ms. A worker that is killed with one in hand keeps its session
 * this long; the server's default is 10 s, and a task takes milliseconds (a replay 0.3 s per 1,000 events).
 */
const DEV_WORKFLOW_TASK_TIMEOUT_MS = 5_000;

/**
 * Connects by Temporal's own environment configuration, overridden by `options`.
 * @throws BadConfig, ServerUnavailable (at once where this machine refuses the connection, else within 5 s), ServerRefused.
 */
export async function connect(options: ConnectOptions = {}): Promise<SessionClient> {
  const config = loadConnectionConfig(options);
  const taskQueue = options.taskQueue ?? (process.env.HOLDFAST_TASK_QUEUE || DEFAULT_TASK_QUEUE);
  const connection = await openConnection(config);
  const service: Service = {
    client: new Client({
      connection,
      namespace: config.namespace,
      dataConverter: holdfastDataConverter(options.payloadCodecs),
    }),
    connection,
    address: config.address,
    namespace: config.namespace,
    taskQueue,
    clock: systemClock,
    lifetime: config.lifetime,
    readStoredPart: options.readStoredPart,
  };
  try {
    await assertNamespace(service);
  } catch (error) {
    await config.lifetime.end(connection);
    throw error;
  }
  const dev = isDevProfile(config.address);
  return new SessionClient(service, {
    taskQueue,
    heartbeatMs: dev ? DEV_HEARTBEAT_MS : undefined,
    workflowTaskTimeoutMs: dev ? DEV_WORKFLOW_TASK_TIMEOUT_MS : undefined,
    searchAttributes: options.searchAttributes ?? shownAttributes(options),
  });
}

function shownAttributes({ payloadCodecs = [] }: ConnectOptions): readonly string[] {
  const names = Object.keys(SEARCH_ATTRIBUTES);
  return payloadCodecs.length === 0 ? names : names.filter((name) => name !== USER_SEARCH_ATTRIBUTE);
}

async function openConnection(config: ConnectionConfig): Promise<Connection> {
  if (isLoopback(config.address) && (await isRefused(config.address)))
    throw unavailable(config.address, 'the connection was refused');
  let connection: Connection;
  try {
    connection = Connection.lazy(config.connection);
  } catch (error) {
    throw new BadConfig(
      `the connection options cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    await config.lifetime.end(connection);
    const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw unavailable(config.address, inner instanceof Error ? firstLine(inner.message) : String(inner), error);
  }
}

function unavailable(address: string, why: string, cause?: unknown): ServerUnavailable {
  return new ServerUnavailable(
    address,
    `no Temporal server answers at ${address} (${why}); start one with \`holdfast dev\` (in this repository: \`npm run dev\`), or name another with --address or TEMPORAL_ADDRESS`,
    { cause },
  );
}

/** Looks whether anybody listens, since gRPC itself would go on trying until its time is over. */
function isRefused(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(splitAddress(address));
    const done = (refused: boolean) => {
      socket.destroy();
      resolve(refused);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('connect', () => done(false));
    socket.once('error', (error: NodeJS.ErrnoException) => done(isRefusal(error)));
  });
}

/** Node tries ::1 and 127.0.0.1 for `localhost` and reports both in one error, which has the code of the first. */
function isRefusal(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNREFUSED';
}

/** A namespace that does not exist is told now, and not by the first message. */
async function assertNamespace(service: Service): Promise<void> {
  const { client, namespace } = service;
  await callService(
    service,
    { doing: `looking up the namespace ${namespace}` },
    Date.now() + CALL_TIMEOUT_MS,
    async () => {
      try {
        await client.workflowService.describeNamespace({ namespace });
      } catch (error) {
        if (isNotFound(error)) throw new NamespaceNotFoundError(namespace);
        // An API key may be good for sessions and not for this question.
        if (!isPermissionDenied(error)) throw error;
      }
    },
  );
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 5;
}

function isPermissionDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 7;
}

/** The same rule as the worker's: HOLDFAST_PROFILE where it is set, else a server on this machine means development. */
function isDevProfile(address: string): boolean {
  const profile = process.env.HOLDFAST_PROFILE;
  if (!profile) return isLoopback(address);
  if (profile !== 'dev' && profile !== 'production') {
    throw new BadConfig(`HOLDFAST_PROFILE must be dev or production, got ${JSON.stringify(profile.slice(0, 60))}`);
  }
  return profile === 'dev';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
