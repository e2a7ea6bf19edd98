/** A demo's command line. */
import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Leave the server and a worker up until Ctrl-C. */
  readonly keep: boolean;
  /** Ask a real model instead of the scripted one. */
  readonly live: boolean;
  /** Messages of one's own, in place of the scripted conversation. */
  readonly say: readonly string[];
  readonly help: boolean;
}

/** @param synopsis its first line. @param modelVariable names the variable that says which model. */
export function usageOf(synopsis: string, modelVariable: string): string {
  return `${synopsis}

  --keep        leave the server and a worker up, to look around in the Web UI; Ctrl-C ends them
  --live        ask a real model (needs OPENAI_API_KEY; OPENAI_BASE_URL and ${modelVariable} are honoured)
  --say "..."   your own message instead of the scripted conversation; may be given several times
  --help        this text
`;
}

/** @throws Error with a sentence that says what was wrong. */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): DemoOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      keep: { type: 'boolean', default: false },
      live: { type: 'boolean', default: false },
      say: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.live && !env.OPENAI_API_KEY) {
    throw new Error('--live asks a real model and needs OPENAI_API_KEY; without --live the demo needs no key.');
  }
  if (values.say.some((text) => text.trim() === ''))
    throw new Error('--say needs a message, for example --say "Hello".');
  return values;
}
