/** Runs a demo to its end as a process: reads the command line, undoes what was set up on whatever way it ends, and exits with its code. */
import { nodeVersionProblem } from '../../cli/node-version';
import { Cleanup } from './cleanup';
import { readOptions, type DemoOptions } from './options';
import { screen } from './screen';

/** Exit code of a process that Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;

/** Somebody's Ctrl-C, and whether the demo is at a place where it is how it ends. */
export interface Interrupt {
  readonly asked: Promise<void>;
  expected: boolean;
}

export interface DemoParts {
  readonly options: DemoOptions;
  readonly cleanup: Cleanup;
  readonly interrupt: Interrupt;
}

/** @param demo resolves to the exit code. */
export function runDemo(usage: string, demo: (parts: DemoParts) => Promise<number>): void {
  run(usage, demo).then(
    (code) => process.exit(code),
    (error: unknown) => {
      screen.error(error instanceof Error ? error.message : String(error));
      process.exit(1);
    },
  );
}

async function run(usage: string, demo: (parts: DemoParts) => Promise<number>): Promise<number> {
  const problem = nodeVersionProblem(process.version);
  if (problem) throw new Error(problem);
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    screen.text(usage);
    return 0;
  }
  const cleanup = new Cleanup();
  let ask: () => void = () => undefined;
  const interrupt: Interrupt = { asked: new Promise<void>((resolve) => (ask = resolve)), expected: false };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  try {
    const running = demo({ options, cleanup, interrupt });
    // What is under way when somebody interrupts fails for want of a server, and nobody asks any more.
    running.catch(() => undefined);
    return await Promise.race([running, interrupt.asked.then(() => (interrupt.expected ? running : INTERRUPTED))]);
  } finally {
    for (const failed of await cleanup.run()) screen.error(`cleaning up: ${failed}`);
  }
}
