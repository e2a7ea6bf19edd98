/** Flags of `holdfast sweep`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { addOutputFlags, type OutputFlags } from '../connection-flags';

export interface SweepFlags extends OutputFlags {
  /** Path of the compiled file that exports the plan. */
  readonly script: string;
  readonly address?: string;
  readonly parallel?: number;
  readonly seed?: number;
  readonly pairs?: number;
  /** Hits of each point and detail. */
  readonly sample?: number;
  readonly only?: string;
  /** HTML file. */
  readonly report?: string;
}

/** Gives a command the argument `<agent>` and the flags of a sweep. */
export function addSweepFlags(command: Command): Command {
  const option = (flags: string, description: string, low: number, high: number) =>
    new Option(flags, description).argParser(wholeNumber(low, high));
  return addOutputFlags(
    command
      .description('kill the worker at every point of a conversation, one run each, and compare the ends')
      .argument('<agent>', 'name of the agent')
      .requiredOption(
        '--script <file>',
        'compiled file that exports `sweep`: conversation, model, world (docs/sweep.md)',
      )
      .option('--address <host:port>', 'Temporal server (default: TEMPORAL_ADDRESS, or one of its own)')
      .addOption(option('--parallel <n>', 'runs at a time (default: three for each core)', 1, 200))
      .addOption(option('--seed <n>', 'of the pairs and the sample (default: a random one, printed)', 0, 2 ** 32 - 1))
      .addOption(option('--pairs <n>', 'pairs of points drawn; 0 for none at all (default: 50)', 0, 1_000_000))
      .addOption(option('--sample <n>', 'only so many hits of each point and tool (default: all)', 1, 1_000_000))
      .option('--only <case>', 'run a single case, by the id that a report gave it')
      .option('--report <file>', 'write the report as one HTML file'),
  );
}

function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= low && value <= high))
      throw new InvalidArgumentError(`It must be a whole number of ${low} to ${high}.`);
    return value;
  };
}
