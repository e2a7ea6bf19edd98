/** A terminal, or a pipe, made of memory. */
import { PassThrough, Writable } from 'node:stream';
import { runCli } from '../../cli/program';
import type { Io } from '../../cli/io';

export class FakeIo implements Io {
  readonly stdin = new PassThrough();
  readonly stdout = new Sink();
  readonly stderr = new Sink();
  readonly colour = false;
  private readonly interrupts = new Set<() => void>();

  constructor(
    readonly interactive = false,
    readonly env: Readonly<Record<string, string | undefined>> = {},
  ) {}

  onInterrupt(listener: () => void): () => void {
    this.interrupts.add(listener);
    return () => void this.interrupts.delete(listener);
  }

  /** Types lines; nothing else follows where `end` is true. */
  type(text: string, end = false): void {
    this.stdin.write(text);
    if (end) this.stdin.end();
  }

  /** A signal, as a process without a terminal gets it. */
  interrupt(): void {
    for (const listener of this.interrupts) listener();
  }
}

class Sink extends Writable {
  private chunks = '';
  private readonly watchers: { readonly wanted: string; readonly tell: () => void }[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks += chunk.toString();
    for (const watcher of this.watchers) if (this.chunks.includes(watcher.wanted)) watcher.tell();
    done();
  }

  get text(): string {
    return this.chunks;
  }

  get lines(): readonly string[] {
    return this.chunks.split('\n').filter((line) => line !== '');
  }

  /** Resolves when `wanted` has been written. */
  until(wanted: string): Promise<void> {
    return new Promise((tell) => {
      if (this.chunks.includes(wanted)) tell();
      else this.watchers.push({ wanted, tell });
    });
  }
}

export interface CliRun {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Runs one command to its end, with `input` as everything there is to read. */
export async function cli(args: readonly string[], input = '', io = new FakeIo()): Promise<CliRun> {
  io.type(input, true);
  const code = await runCli(args, io);
  return { code, out: io.stdout.lines, err: io.stderr.lines };
}
