/** Asks a server over gRPC whether it can be used. Imports @temporalio/client. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../search-attributes';
import { SERVER_POLL_MS, SERVER_PROBE_MS, SERVER_READY_MS, SERVER_REQUEST_MS } from './deadlines';
import { hostPort, isListening } from './ports';

/** The namespace that every dev server has. */
export const DEV_NAMESPACE = 'default';

/**
 * Waits until the server at `ip:port` answers, knows the namespace and shows the search attributes (registers those that it
 * lacks: a database file of an older version).
 * @param signal aborted when waiting makes no sense any more; the promise then rejects with its reason.
 */
export async function waitUntilReady(ip: string, port: number, signal: AbortSignal): Promise<void> {
  const address = hostPort(ip, port);
  const deadline = Date.now() + SERVER_READY_MS;
  for (let last = 'it never accepted a connection'; ; await sleep(SERVER_POLL_MS)) {
    signal.throwIfAborted();
    if (Date.now() > deadline)
      throw new Error(`The dev server at ${address} was not ready after ${SERVER_READY_MS / 1000} s: ${last}`);
    // gRPC waits a second after a refused connection, so it is asked only where somebody listens.
    if (!(await isListening(ip, port))) continue;
    try {
      await describe(address, SERVER_REQUEST_MS, (connection) => registerSearchAttributes(connection, DEV_NAMESPACE));
      signal.throwIfAborted();
      return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
}

/** True when a Temporal server answers there. */
export async function answersAsTemporal(address: string): Promise<boolean> {
  try {
    await describe(address, SERVER_PROBE_MS, async () => {});
    return true;
  } catch {
    return false;
  }
}

/** A connection of its own for each try, closed again. */
async function describe(
  address: string,
  withinMs: number,
  then: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = await Connection.connect({
    address,
    connectTimeout: withinMs,
    // A server on this machine is not behind the proxy that `http_proxy` names.
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  try {
    await connection.withDeadline(Date.now() + withinMs, () =>
      connection.workflowService.describeNamespace({ namespace: DEV_NAMESPACE }),
    );
    await then(connection);
  } finally {
    await connection.close();
  }
}
