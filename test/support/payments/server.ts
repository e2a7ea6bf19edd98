/**
 * The payment service: one HTTP server for all effect classes, with a journal. It honours idempotency keys of `idempotent` charges only,
 * ignores those of all others, and can be asked by reference for those of `reconcilable`.
 */
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answer, closeServer, listen, readBody } from '../../../cli/workload/journal';
import type { FaultOrder, PaymentFault } from './faults';
import type { JournalRow, PaymentRequest } from './journal';

export interface PaymentServer {
  readonly url: string;
  close(): Promise<void>;
}

interface Held {
  readonly order: string;
  readonly go: () => void;
}

/** @param journalFile gets a line of JSON for each request. */
export async function startPaymentServer(journalFile: string): Promise<PaymentServer> {
  const service = new PaymentService(journalFile);
  const server = createServer((request, response) => {
    service.serve(request, response).catch((error: unknown) => answer(response, 400, { problem: String(error) }));
  });
  return { url: await listen(server), close: () => closeServer(server) };
}

class PaymentService {
  readonly #rows: JournalRow[] = [];
  readonly #keys = new Set<string>();
  readonly #orders: { readonly order: FaultOrder; left: number }[] = [];
  readonly #held: Held[] = [];

  constructor(private readonly journalFile: string) {}

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: unknown = request.method === 'POST' ? JSON.parse(await readBody(request)) : undefined;
    switch (request.url) {
      case '/pay':
        return this.#pay(body as PaymentRequest, response);
      case '/ask':
        return this.#ask(body as PaymentRequest, response);
      case '/fault':
        this.#orders.push({ order: body as FaultOrder, left: (body as FaultOrder).times ?? Number.POSITIVE_INFINITY });
        return answer(response, 200, {});
      case '/calm':
        this.#orders.length = 0;
        return answer(response, 200, {});
      case '/release':
        for (const { go } of this.#held.splice(0)) go();
        return answer(response, 200, {});
      case '/held':
        return answer(response, 200, { orders: this.#held.map(({ order }) => order) });
      default:
        return answer(response, 404, { problem: `there is no ${request.url}` });
    }
  }

  #pay(request: PaymentRequest, response: ServerResponse): void {
    const fault = this.#faultFor(request);
    const reply = (status = 200) => answer(response, status, { order: request.order, cents: request.cents });
    switch (fault) {
      case undefined:
        this.#carryOut(request);
        return reply();
      case 'hold':
        this.#carryOut(request);
        this.#held.push({ order: request.order, go: reply });
        return;
      case 'hold-unapplied':
        this.#held.push({
          order: request.order,
          go: () => {
            if (response.socket?.destroyed !== false) return this.#write(request, 'refused');
            this.#carryOut(request);
            reply();
          },
        });
        return;
      case 'stall':
        return this.#carryOut(request);
      case 'cut':
        this.#carryOut(request);
        response.socket?.destroy();
        return;
      case 'cut-unapplied':
        this.#write(request, 'refused');
        response.socket?.destroy();
        return;
      case 'unavailable':
        this.#write(request, 'refused');
        return reply(503);
    }
  }

  #ask(request: PaymentRequest, response: ServerResponse): void {
    this.#write(request, 'asked');
    const found = this.#rows.find((row) => row.decision === 'applied' && row.key === request.key);
    answer(response, 200, found ? { found: { order: found.order, cents: found.cents } } : {});
  }

  #faultFor(request: PaymentRequest): PaymentFault | undefined {
    const found = this.#orders.find(
      ({ order, left }) =>
        left > 0 &&
        (order.orders === undefined || request.order.includes(order.orders)) &&
        (order.tool === undefined || request.tool === order.tool),
    );
    if (!found) return undefined;
    found.left -= 1;
    return found.order.fault;
  }

  #carryOut(request: PaymentRequest): void {
    if (request.effect === 'read' || request.effect === 'transactional') return this.#write(request, 'seen');
    const known = request.effect === 'idempotent' && this.#keys.has(request.key);
    this.#keys.add(request.key);
    this.#write(request, known ? 'deduped' : 'applied');
  }

  #write(request: PaymentRequest, decision: JournalRow['decision']): void {
    const row: JournalRow = { ...request, seq: this.#rows.length, at: Date.now(), decision };
    appendFileSync(this.journalFile, `${JSON.stringify(row)}\n`);
    this.#rows.push(row);
  }
}
