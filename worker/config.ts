/** The worker's configuration: everything from the environment, read once, checked, refused with a sentence. */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { z } from 'zod';
import type { Profile } from '../agents/policies';
import { DEFAULT_TASK_QUEUE } from '../workflows/contracts/names';

/** A setting that cannot be used; the message says which, what was expected and where it came from. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface WorkerConfig {
  readonly connection: NativeConnectionOptions;
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly profile: Profile;
  /** `postgres://…` or a SQLite file's path; may hold a password. Absent: the SQLite file under the user's data folder. */
  readonly ledgerUrl?: string;
  readonly allowSqliteLedger: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

const Environment = z.object({
  HOLDFAST_TASK_QUEUE: z.string().min(1).max(200).optional(),
  HOLDFAST_PROFILE: z.enum(['dev', 'production']).optional(),
  HOLDFAST_LEDGER_URL: z.string().min(1).optional(),
  HOLDFAST_ALLOW_SQLITE_LEDGER: z.enum(['1', '0', 'true', 'false']).optional(),
  HOLDFAST_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
});

export interface ConfigOverrides {
  readonly address?: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
  readonly profile?: Profile;
  readonly ledgerUrl?: string;
}

/**
 * @param env usually `process.env`; Temporal's own settings come from its env config (`TEMPORAL_ADDRESS`, profiles in temporal.toml, …).
 * @throws ConfigError
 */
export function readConfig(overrides: ConfigOverrides = {}, env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const parsed = Environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`the environment holds settings that cannot be used: ${problems.join('; ')}`);
  }
  const temporal = temporalConfig(env);
  const address = overrides.address ?? temporal.connectionOptions.address ?? 'localhost:7233';
  const loopback = isLoopback(address);
  return {
    connection: { ...temporal.connectionOptions, address },
    address,
    namespace: overrides.namespace ?? temporal.namespace ?? 'default',
    taskQueue: overrides.taskQueue ?? parsed.data.HOLDFAST_TASK_QUEUE ?? DEFAULT_TASK_QUEUE,
    profile: overrides.profile ?? parsed.data.HOLDFAST_PROFILE ?? (loopback ? 'dev' : 'production'),
    ledgerUrl: overrides.ledgerUrl ?? parsed.data.HOLDFAST_LEDGER_URL,
    allowSqliteLedger: loopback || ['1', 'true'].includes(parsed.data.HOLDFAST_ALLOW_SQLITE_LEDGER ?? '0'),
    logLevel: parsed.data.HOLDFAST_LOG_LEVEL ?? 'warn',
  };
}

function temporalConfig(env: NodeJS.ProcessEnv): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: env as Record<string, string> });
  } catch (error) {
    // The first line only: a TOML parser quotes the lines around the error, and one of them may be the API key's.
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    throw new ConfigError(`Temporal's configuration cannot be read: ${why}`);
  }
}

/** True for an address on this machine: `localhost`, 127.0.0.0/8, `[::1]`. */
export function isLoopback(address: string): boolean {
  const host = address.startsWith('[') ? address.slice(1, address.indexOf(']')) : (address.split(':')[0] ?? '');
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
