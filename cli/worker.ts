/** `holdfast worker`: runs the agents of a module until SIGTERM or Ctrl-C, then drains. */
import { runWorker } from '../worker';
import { loadAgentsModule } from './agents-module';
import type { ConnectionFlags } from './connection-flags';
import { writeLine, type Io } from './io';

export interface WorkerFlags extends ConnectionFlags {
  /** Place of the default ledger. */
  readonly ledger?: string;
}

export async function work(modulePath: string, flags: WorkerFlags, io: Io): Promise<number> {
  useTemporalFlags(flags);
  const { agents, ledgers, payloadCodecs, notify } = await loadAgentsModule(modulePath);
  writeLine(io.stderr, `worker for ${agents.map((agent) => agent.name).join(', ')}; Ctrl-C or SIGTERM drains it`);
  const { address, namespace, taskQueue, ledger } = flags;
  await runWorker({ agents, ledgers, payloadCodecs, notify, address, namespace, taskQueue, ledgerUrl: ledger });
  return 0;
}

/** The worker reads its key and profile by Temporal's environment configuration alone, so that a key is in one place. */
function useTemporalFlags({ apiKey, profile }: ConnectionFlags): void {
  if (apiKey !== undefined) process.env.TEMPORAL_API_KEY = apiKey;
  if (profile !== undefined) process.env.TEMPORAL_PROFILE = profile;
}
