/**
 * Where the courier's effects happen: a server of the test's own process, which no fault touches, with a journal that is only
 * ever added to. It honours idempotency keys, and it can keep its answers back, so that a worker can be killed when an effect is
 * done and nobody has been told.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answer, closeServer, listen, readBody } from '../../cli/workload/journal';
import { eventually } from './eventually';

/** One request that arrived. */
export interface JournalRow {
  readonly at: number;
  readonly key: string;
  readonly session: string;
  readonly parcel: number;
  /** `repeated`: the key was there already, and nothing was done. */
  readonly decision: 'applied' | 'repeated';
}

export interface Destination {
  readonly url: string;
  readonly journal: readonly JournalRow[];
  /** From now on requests are carried out and not answered. */
  hold(): void;
  /** Resolves when the answers of so many requests are kept back. */
  untilHeld(count: number): Promise<void>;
  /** Answers what is held (who is gone gets nothing) and all that comes. */
  release(): void;
  close(): Promise<void>;
}

export async function startDestination(): Promise<Destination> {
  const journal: JournalRow[] = [];
  const held: ServerResponse[] = [];
  let holding = false;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = JSON.parse(await readBody(request)) as Pick<JournalRow, 'key' | 'session' | 'parcel'>;
    const known = journal.some((row) => row.key === asked.key);
    journal.push({ ...asked, at: Date.now(), decision: known ? 'repeated' : 'applied' });
    if (holding) held.push(response);
    else answer(response, 200, { delivered: asked.parcel });
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => answer(response, 400, { problem: String(error) }));
  });
  return {
    url: await listen(server),
    journal,
    hold: () => {
      holding = true;
    },
    untilHeld: async (count) => {
      await eventually(`${count} effects to be held`, () => held.length >= count);
    },
    release: () => {
      holding = false;
      for (const response of held.splice(0)) answer(response, 200, { delivered: true });
    },
    close: () => closeServer(server),
  };
}
