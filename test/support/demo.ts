/** Runs a demo as a user runs it, and looks for what it left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const EXAMPLES = path.join(__dirname, '../../dist/examples');

export interface DemoRun {
  readonly lines: string[];
  readonly code: number | null;
}

/**
 * Runs a demo to its end.
 * @param main compiled, below `examples`. @param folder where it is to put its temporary files. @param onLine may interrupt it.
 */
export async function runDemo(
  main: string,
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string, interrupt: () => void) => void = () => undefined,
): Promise<DemoRun> {
  const demo = spawn(process.execPath, [path.join(EXAMPLES, main), ...args], {
    env: { ...process.env, TMPDIR: folder, OPENAI_API_KEY: '', HOLDFAST_CRASH_AT: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [demo.stdout, demo.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      onLine(line, () => demo.kill('SIGINT'));
    });
  }
  const [code] = (await once(demo, 'close')) as [number | null];
  return { lines, code };
}

/** Texts are broken at the width of the terminal. */
export function outputOf({ lines }: DemoRun): string {
  return lines.join('\n').replace(/\s+/g, ' ');
}

/** No process that it said it had started, and no file. */
export function expectNothingLeft({ lines }: DemoRun, folder: string): void {
  const pids = lines.flatMap((line) => [...line.matchAll(/pid (\d+)/g)].map((match) => Number(match[1])));
  expect(pids.length).toBeGreaterThan(0);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
