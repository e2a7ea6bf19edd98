/**
 * Where the server is and how to talk to it: options first, then Temporal's own environment configuration (TEMPORAL_ADDRESS,
 * TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_PROFILE, profiles in temporal.toml), then a server on this machine.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';
import { BadConfig } from './errors';
import { Lifetime } from './lifetime';

/** What to connect to; absent fields come from Temporal's environment configuration. */
export interface AddressOptions {
  /** `host:port`. */
  readonly address?: string;
  readonly namespace?: string;
  readonly apiKey?: string;
  /** Name of a profile in Temporal's configuration file. */
  readonly profile?: string;
}

export interface ConnectionConfig {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  readonly connection: ConnectionOptions;
  /** Ends the connection made with these options. */
  readonly lifetime: Lifetime;
}

const DEFAULT_ADDRESS = 'localhost:7233';
/** Longest wait for a first connection, ms: DNS, TLS and a slow link; a refused one on this machine is told at once. */
const CONNECT_TIMEOUT_MS = 5_000;
/** One page of a history can pass gRPC's own default of 4 MB. */
const MAX_RECEIVE_BYTES = 128 * 1024 * 1024;
/** A server that restarts is back in 0 to 2 s; gRPC's default would look for it ever more rarely, up to every 2 minutes. */
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 1_000;

/** @throws BadConfig for a profile or a file that cannot be read. */
export function loadConnectionConfig(options: AddressOptions = {}): ConnectionConfig {
  const loaded = loadTemporalConfig(options.profile);
  const { metadata, tls } = loaded.connectionOptions;
  const apiKey = options.apiKey ?? loaded.connectionOptions.apiKey;
  const address = withPort(options.address ?? loaded.connectionOptions.address ?? DEFAULT_ADDRESS);
  const lifetime = new Lifetime();
  return {
    address,
    lifetime,
    namespace: options.namespace ?? loaded.namespace ?? 'default',
    connection: {
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      tls: tls ?? (apiKey === undefined ? undefined : true),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
      channelArgs: {
        'grpc.max_receive_message_length': MAX_RECEIVE_BYTES,
        'grpc.initial_reconnect_backoff_ms': RECONNECT_MIN_MS,
        'grpc.min_reconnect_backoff_ms': RECONNECT_MIN_MS,
        'grpc.max_reconnect_backoff_ms': RECONNECT_MAX_MS,
      },
      interceptors: [makeGrpcRetryInterceptor(lifetime.retries)],
    },
  };
}

function loadTemporalConfig(profile: string | undefined): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig(profile === undefined ? {} : { profile });
  } catch (error) {
    // A parser's words go on with the lines around the mistake, which may hold a key.
    const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    throw new BadConfig(
      `Temporal's client configuration cannot be used: ${why}; check --profile, TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE`,
      { cause: error },
    );
  }
}

function withPort(address: string): string {
  const { host, port } = splitAddress(address);
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * @param address `host`, `host:port`, `[ipv6]:port`.
 * @throws BadConfig for what is none of these.
 */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/.exec(address);
  const port = Number(match?.[3] ?? 7233);
  if (!match || port < 1 || port > 65_535) {
    throw new BadConfig(
      `the address must be host:port, such as localhost:7233; got ${JSON.stringify(address.slice(0, 200))}`,
    );
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

/** True for a server on this machine. */
export function isLoopback(address: string): boolean {
  const { host } = splitAddress(address);
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
