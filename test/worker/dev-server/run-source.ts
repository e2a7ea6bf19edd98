/** Runs a TypeScript file of this folder in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';

export interface RunningSource {
  readonly child: ChildProcess;
  /** What it has printed so far, on stdout and stderr. */
  output(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function runSource(file: string, args: readonly string[]): RunningSource {
  const register = resolve(__dirname, '../../support/ts-register.js');
  const child = spawn(process.execPath, ['-r', register, join(__dirname, file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = new Promise<number | string>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done(signal ?? code ?? -1));
  });
  return { child, output: () => text, ended };
}
