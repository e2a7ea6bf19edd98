/** For commands: the server that the environment names, else a dev server of their own. */
import { startDevServer, type DevServer, type DevServerOptions } from './start-dev-server';

export interface UsableServer {
  readonly address: string;
  /** Absent when headless, and for a server that was not started here (nobody knows where its Web UI is). */
  readonly uiUrl?: string;
  /** Absent for a server that was not started here. */
  readonly started?: DevServer;
  /** Stops what was started here, and nothing else. */
  stop(): Promise<void>;
}

/**
 * `TEMPORAL_ADDRESS` when it is set, else `startDevServer(options)`.
 * @throws as `startDevServer`; whether a server that was named answers shows when a client or worker connects.
 */
export async function useOrStartServer(options: DevServerOptions = {}): Promise<UsableServer> {
  const address = (options.ladder?.env ?? process.env).TEMPORAL_ADDRESS;
  if (address) {
    (options.log ?? ((line: string) => void process.stderr.write(`temporal: ${line}\n`)))(
      `using the Temporal server at ${address} (TEMPORAL_ADDRESS)`,
    );
    return { address, stop: async () => {} };
  }
  const started = await startDevServer(options);
  return { address: started.address, uiUrl: started.uiUrl, started, stop: () => started.stop() };
}
