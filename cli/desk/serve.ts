/** The desk, listening. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { deskApp } from './app';
import { Feed, FEED_OPTIONS } from './feed';
import { People } from './people';
import type { DeskSettings } from './settings';
import { SharedReads } from './shared-reads';
import type { DeskSource } from './source';

export interface RunningDesk {
  /** Where a browser on this machine finds it. */
  readonly url: string;
  /** Ends open pages' connections, too. */
  stop(): Promise<void>;
}

/** @throws Error where the address is taken or not this machine's. */
export async function serveDesk(
  settings: DeskSettings,
  source: DeskSource,
  feedOptions = FEED_OPTIONS,
): Promise<RunningDesk> {
  const { auth, bind, port, hosts } = settings;
  const shared = new SharedReads(source, feedOptions.everyMs / 2);
  const feed = new Feed(shared, feedOptions);
  const now = (): number => Date.now();
  const app = deskApp({ source: shared, people: new People(auth, now), feed, hosts, now });
  const server = serve({ fetch: app.fetch, hostname: bind, port });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${bind.includes(':') ? `[${bind}]` : bind}:${taken}`,
    stop: async () => {
      feed.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
