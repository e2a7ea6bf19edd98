/**
 * The journal: what the tools really did, written outside of every process that a fault touches. It plays the destination that
 * honours idempotency keys: the first execution under a key applies, a later one is answered and changes nothing. Append-only.
 */
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { JsonObject } from '../../workflows/contracts/json';

const executionSchema = z.strictObject({
  key: z.string().min(1),
  task: z.string(),
  /** Place of the call among the task's calls, from 0. */
  call: z.int().min(0),
  tool: z.string(),
  args: z.record(z.string(), z.json()),
  mutates: z.boolean(),
  attempt: z.int().min(1),
  /** Process id of the worker. */
  worker: z.int(),
});

export type Execution = Omit<z.output<typeof executionSchema>, 'args'> & { readonly args: JsonObject };

export interface JournalRow extends Execution {
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly decision: 'applied' | 'deduped';
}

export interface JournalOptions {
  /** File that gets a JSON line per row; absent: memory only. */
  readonly file?: string;
  /** How long an execution takes to be answered, ms; the effect is at its start, so that a kill meanwhile loses only the answer. */
  readonly latencyMs: number;
}

export interface Journal {
  readonly url: string;
  readonly rows: readonly JournalRow[];
  close(): Promise<void>;
}

/** Serves `POST /execute`, `GET /rows` and `GET /open` (executions not answered yet) on a free loopback port. */
export async function startJournal(options: JournalOptions): Promise<Journal> {
  const rows: JournalRow[] = [];
  const applied = new Set<string>();
  const open = new Set<ServerResponse>();

  const execute = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const checked = executionSchema.safeParse(JSON.parse(await readBody(request)));
    if (!checked.success) {
      answer(response, 400, { problem: z.prettifyError(checked.error) });
      return;
    }
    const decision = applied.has(checked.data.key) ? 'deduped' : 'applied';
    const row: JournalRow = { seq: rows.length, at: Date.now(), decision, ...(checked.data as Execution) };
    if (options.file !== undefined) appendFileSync(options.file, `${JSON.stringify(row)}\n`);
    applied.add(row.key);
    rows.push(row);
    open.add(response);
    response.once('close', () => open.delete(response));
    answerLater(response, options.latencyMs, () => answer(response, 200, { decision }));
  };

  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/execute') {
      execute(request, response).catch((error: unknown) => answer(response, 400, { problem: String(error) }));
    } else if (request.url === '/rows') answer(response, 200, rows);
    else if (request.url === '/open') answer(response, 200, { open: open.size });
    else answer(response, 404, { problem: 'the journal serves POST /execute, GET /rows and GET /open' });
  });
  return { url: await listen(server), rows, close: () => closeServer(server) };
}

/** Reads a request's body as UTF-8. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Answers with JSON; nothing where the caller is gone. */
export function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed || response.writableEnded) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Answers after `latencyMs`, unless the caller is gone by then. */
export function answerLater(response: ServerResponse, latencyMs: number, send: () => void): void {
  const timer = setTimeout(send, latencyMs);
  response.once('close', () => clearTimeout(timer));
}

/** Listens on a free loopback port. @returns the address as `http://127.0.0.1:<port>`. */
export async function listen(server: Server): Promise<string> {
  // Callers keep their connections for longer than Node's 5 s; a reuse in the moment of closing would look like a fault.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Stops a server now; open connections are cut. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
