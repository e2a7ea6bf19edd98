/**
 * An outside service as a small HTTP server on loopback, whose only state is its journal. It can keep its answers back and fail in declared ways (`POST /faults`
 * from outside), which is how the moments are found in which something was done and nobody was told. The journal has what was asked of the service, and not how
 * it was told to fail.
 */
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { z } from 'zod';
import { answer, closeServer, listen, readBody } from '../../../cli/workload/journal';
import { Faults, faultSchema, type Fault } from './faults';
import { appendToJournal, readJournal, type JournalRow, type ServiceEffect } from './journal';
import { refused, type ServiceReply, type ServiceRequest } from './reply';

export interface ServiceOptions {
  /** The journal: created where it is not there, gone on with where it is. One server at a time writes to it. */
  readonly file: string;
  /** True: the server alone does not keep the process alive. */
  readonly background?: boolean;
}

/** What a service is. */
export interface ServiceSpec<Effect extends ServiceEffect, Asked extends string> {
  /** The kinds of request that can be told to fail, and which of them a request is. */
  readonly asked: readonly Asked[];
  readonly askedFor: (method: string, path: string) => Asked;
  /** Undefined for a place that it does not have. @param now ms since the epoch. */
  readonly carryOut: (
    request: ServiceRequest,
    rows: readonly JournalRow<Effect>[],
    now: number,
  ) => ServiceReply<Effect> | undefined;
}

export interface RunningService<Effect extends ServiceEffect, Asked extends string> {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  journal(): readonly JournalRow<Effect>[];
  /** From now on whatever changes something is carried out and not answered; questions are answered. */
  hold(): void;
  /** Resolves when so many answers are kept back. */
  untilHeld(count: number): Promise<void>;
  /** Gives the answers that are kept back (who is gone gets nothing), and holds no more. */
  release(): void;
  /** The next `times` requests of this kind fail so. */
  fail(asked: Asked, fault: Fault, times?: number): void;
  close(): Promise<void>;
}

/** Starts a service on a free port. */
export async function startService<Effect extends ServiceEffect, Asked extends string>(
  spec: ServiceSpec<Effect, Asked>,
  { file, background = false }: ServiceOptions,
): Promise<RunningService<Effect, Asked>> {
  mkdirSync(path.dirname(file), { recursive: true });
  const faults = new Faults<Asked>();
  const schema = faultSchema(spec.asked);
  const held: (() => void)[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let holding = false;

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming);
    if (request.method === 'POST' && request.path === '/faults') return answer(response, ...planFault(request.body));
    const fault = faults.take(spec.askedFor(request.method, request.path));
    // From here to the row nothing is awaited: requests are carried out one by one.
    const reply =
      fault === 'refuse'
        ? UNAVAILABLE
        : (spec.carryOut(request, readJournal(file), Date.now()) ?? noSuchPlace(request));
    record(file, request, reply);
    const send = (): void => {
      if (fault === 'cut') response.destroy();
      else if (fault === 'error') answer(response, 500, { error: 'internal', message: 'Something went wrong.' });
      else answer(response, reply.status, reply.body);
    };
    if (!holding || request.method === 'GET') return send();
    held.push(send);
    for (const one of waiting) if (held.length >= one.count) one.resolve();
  };
  const planFault = (body: unknown): [status: number, body: unknown] => {
    const checked = schema.safeParse(body);
    if (!checked.success) return [400, { error: 'invalid_request', message: z.prettifyError(checked.error) }];
    const { asked, fault, times } = checked.data;
    faults.plan(asked, fault, times);
    return [201, checked.data];
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) =>
      answer(response, 500, { error: 'broken', message: String(error) }),
    );
  });
  const url = await listen(server);
  if (background) {
    server.unref();
    server.on('connection', (socket) => socket.unref());
  }

  return {
    url,
    journal: () => readJournal(file),
    hold: () => {
      holding = true;
    },
    untilHeld: (count) =>
      new Promise((resolve) => {
        if (held.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    release: () => {
      holding = false;
      for (const send of held.splice(0)) send();
    },
    fail: (asked, fault, times = 1) => faults.plan(asked, fault, times),
    close: () => closeServer(server),
  };
}

const UNAVAILABLE = refused(503, 'unavailable', 'Try again later; nothing was done.');

function noSuchPlace({ method, path: place }: ServiceRequest): ServiceReply<never> {
  return refused(404, 'no_such_place', `There is no ${method} ${place} here.`);
}

function record(
  file: string,
  { method, path: place, query, body }: ServiceRequest,
  reply: ServiceReply<ServiceEffect>,
): void {
  const search = query.toString();
  appendToJournal(file, {
    seq: readJournal(file).length + 1,
    at: Date.now(),
    request: { method, path: search === '' ? place : `${place}?${search}`, ...(body === undefined ? {} : { body }) },
    decision: reply.decision,
    ...(reply.effect ? { effect: reply.effect } : {}),
  });
}

async function readRequest(incoming: IncomingMessage): Promise<ServiceRequest> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://services');
  const text = await readBody(incoming);
  return { method: incoming.method ?? 'GET', path: pathname, query: searchParams, body: jsonOrUndefined(text) };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
