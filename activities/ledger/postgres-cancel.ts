/** Asks the server to give up what a connection is doing (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS). */
import { connect } from 'node:net';
import type { PoolClient } from 'pg';

const CANCEL_REQUEST = 80_877_102;
const GIVE_UP_MS = 5_000;

/** Not in the types of node-postgres; the server gave both when the connection was made. */
interface ConnectionKeys {
  readonly processID?: unknown;
  readonly secretKey?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
}

/**
 * Goes over a connection of its own, in the clear, as `psql` does it: the request holds nothing but the two numbers. Best effort: without it
 * the statement ends by its own bound.
 */
export function cancelStatement(client: PoolClient): void {
  const { processID, secretKey, host, port } = client as ConnectionKeys;
  if (typeof processID !== 'number' || typeof secretKey !== 'number') return;
  if (typeof host !== 'string' || typeof port !== 'number') return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_REQUEST, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.setTimeout(GIVE_UP_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('connect', () => socket.end(request));
  socket.resume();
  socket.unref();
}
