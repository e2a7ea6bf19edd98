/** Flags of the commands that talk to a server, spelled like those of the Temporal CLI. */
import { Option, type Command } from 'commander';
import { connect, type ReadStoredPart, type SessionClient } from '../client';

export interface ConnectionFlags {
  readonly address?: string;
  readonly namespace?: string;
  readonly apiKey?: string;
  readonly profile?: string;
  readonly taskQueue?: string;
}

export interface OutputFlags {
  readonly output?: 'text' | 'json';
  readonly json?: boolean;
}

export function addConnectionFlags(command: Command): Command {
  return command
    .option(
      '--address <host:port>',
      'Temporal server (default: TEMPORAL_ADDRESS, the configuration file, localhost:7233)',
    )
    .option('-n, --namespace <name>', 'namespace (default: TEMPORAL_NAMESPACE, the configuration file, default)')
    .option('--api-key <key>', 'API key (default: TEMPORAL_API_KEY, the configuration file)')
    .option('--profile <name>', "profile of Temporal's configuration file (default: TEMPORAL_PROFILE)")
    .option('-t, --task-queue <name>', 'task queue of the workers (default: HOLDFAST_TASK_QUEUE, holdfast)');
}

export function addOutputFlags(command: Command): Command {
  return addOutputFormat(command).option('--json', 'the same as --output json');
}

/** The same for a command to which `--json` is something else. */
export function addOutputFormat(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text'),
  );
}

export function wantsJson(flags: OutputFlags): boolean {
  return flags.json === true || flags.output === 'json';
}

/**
 * Connects, does `work` and closes the connection, whatever happened.
 * @param readStoredPart for commands that read conversations.
 */
export async function withClient<T>(
  flags: ConnectionFlags,
  work: (client: SessionClient) => Promise<T>,
  readStoredPart?: ReadStoredPart,
): Promise<T> {
  const { address, namespace, apiKey, profile, taskQueue } = flags;
  const client = await connect({ address, namespace, apiKey, profile, taskQueue, readStoredPart });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w.:/@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The connection flags of a command line that comes back to the same place. */
export function connectionArguments({ address, namespace, profile, taskQueue }: ConnectionFlags): string {
  const given: readonly (readonly [string, string | undefined])[] = [
    ['--address', address],
    ['--namespace', namespace],
    ['--profile', profile],
    ['--task-queue', taskQueue],
  ];
  return given
    .filter(([, value]) => value !== undefined)
    .map(([flag, value = '']) => ` ${flag} ${quoted(value)}`)
    .join('');
}
