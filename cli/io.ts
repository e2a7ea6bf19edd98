/** What a command reads and writes; tests give their own. */
import type { Readable, Writable } from 'node:stream';
import pc from 'picocolors';

export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Somebody sits there: prompts and progress are shown. */
  readonly interactive: boolean;
  /** Colours are wanted (NO_COLOR and FORCE_COLOR are honoured). */
  readonly colour: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` on Ctrl-C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  return {
    stdin,
    stdout,
    stderr,
    interactive: Boolean(stdin.isTTY && stdout.isTTY),
    colour: Boolean(stdout.isTTY) && pc.isColorSupported,
    env: process.env,
    onInterrupt(listener) {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}

export function writeLine(stream: Writable, text: string): void {
  stream.write(`${text}\n`);
}
