/** Flags of `holdfast workload`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { toMs, type Duration } from '../../agents/duration';

export interface WorkloadFlags {
  readonly parallel: number;
  /** ms, as all durations here. */
  readonly killEvery?: number;
  readonly seed: number;
  readonly limit?: number;
  readonly modelLatency?: number;
  readonly toolLatency?: number;
  readonly model: string;
  readonly json?: boolean;
}

/** Gives a command the argument `<file>` and the flags of a workload. */
export function addWorkloadFlags(command: Command): Command {
  const option = (flags: string, description: string, parse: (text: string) => number) =>
    new Option(flags, description).argParser(parse);
  return command
    .description(
      'run a file of real tasks with a scripted model and recorded tools, and check every observation and effect',
    )
    .argument('<file>', 'the workload, JSON (docs/workload.md)')
    .addOption(option('--parallel <n>', 'sessions open at a time', wholeNumber(1, 500)).default(8))
    .addOption(
      option(
        '--kill-every <time>',
        'kill the worker (SIGKILL), each at the latest so long after it is ready, e.g. 5s',
        duration,
      ),
    )
    .addOption(option('--seed <n>', 'of the times of the kills', wholeNumber(0, 2 ** 32 - 1)).default(1))
    .addOption(option('--limit <n>', 'only the first n tasks', wholeNumber(1, 1_000_000)))
    .addOption(
      option('--model-latency <time>', 'how long the model takes (default: 0; 800ms with --kill-every)', latency),
    )
    .addOption(
      option(
        '--tool-latency <time>',
        'how long a tool takes to answer after its effect (default: 0; 400ms with --kill-every)',
        latency,
      ),
    )
    .addOption(new Option('--model <name>', 'model whose prices are taken').default('gpt-5-mini'))
    .addOption(new Option('--json', 'print figures and checks as one JSON object'));
}

function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= low && value <= high))
      throw new InvalidArgumentError(`It must be a whole number of ${low} to ${high}.`);
    return value;
  };
}

function duration(text: string): number {
  try {
    return toMs(text as Duration, 'It');
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

/** A duration that may be nothing. */
const latency = (text: string): number => (/^0(ms|s)?$/.test(text) ? 0 : duration(text));
