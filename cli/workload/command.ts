/** `holdfast workload <file>`: what is printed as it goes, and the exit code. */
import { resolve } from 'node:path';
import { writeLine, type Io } from '../io';
import type { Kill } from './evidence';
import type { WorkloadFlags } from './flags';
import { renderReport } from './report';
import type { Progress } from './run-sessions';
import { runWorkload } from './run-workload';
import { loadWorkload } from './workload-file';

/**
 * Latencies of a run with kills, ms: a kill shows something only where calls are under way, and a model that answers at once would have
 * small files done before the first one.
 */
const LATENCY_UNDER_KILLS = { model: 800, tool: 400 } as const;
/** Between two lines of progress where the output is no terminal. */
const PROGRESS_EVERY_MS = 5_000;

/**
 * @returns the exit code: 1 where a check failed.
 * @throws Error, one sentence, where the run could not be made.
 */
export async function workload(file: string, flags: WorkloadFlags, io: Io): Promise<number> {
  const path = resolve(file);
  const content = loadWorkload(path, flags.limit);
  const calls = content.tasks.reduce((sum, task) => sum + task.calls.length, 0);
  const progress = new ProgressLine(content.tasks.length, io, flags.json === true);
  progress.say(
    `${file}: ${content.tasks.length} tasks, ${calls} calls${content.source === undefined ? '' : `, from ${content.source}`}`,
  );
  const latency = flags.killEvery === undefined ? { model: 0, tool: 0 } : LATENCY_UNDER_KILLS;
  const report = await runWorkload({
    workload: content,
    file: path,
    parallel: flags.parallel,
    killEveryMs: flags.killEvery,
    seed: flags.seed,
    modelLatencyMs: flags.modelLatency ?? latency.model,
    toolLatencyMs: flags.toolLatency ?? latency.tool,
    model: flags.model,
    onStage: (line) => progress.say(line),
    onProgress: (now) => progress.update(now),
    onKill: (kill) => progress.say(killLine(kill)),
  });
  if (flags.json) writeLine(io.stdout, JSON.stringify(report, undefined, 2));
  else writeLine(io.stdout, `\n${renderReport(report.figures, report.checks)}`);
  if (report.folder !== undefined) {
    writeLine(
      io.stderr,
      `The journal, the ledger, the worker's log and the dev server's database are kept in ${report.folder}.`,
    );
  }
  return report.held ? 0 : 1;
}

const killLine = ({ pid, modelCalls, toolCalls, restartMs }: Kill): string =>
  `killed the worker (process ${pid}) with ${modelCalls} model calls and ${toolCalls} effects in flight; the next was ready after ${restartMs} ms`;

/** One line that is written over on a terminal; else a line now and then. Quiet where the output is for machines. */
class ProgressLine {
  private shownAt = Date.now();
  private open = false;

  constructor(
    private readonly total: number,
    private readonly io: Io,
    private readonly quiet: boolean,
  ) {}

  update({ started, ended, failed }: Progress): void {
    if (this.quiet) return;
    const line = `${ended} of ${this.total} sessions ended, ${started - ended} open${failed > 0 ? `, ${failed} not as they should` : ''}`;
    if (this.io.interactive) {
      this.io.stdout.write(`\r\x1b[2K${line}`);
      this.open = true;
    } else if (Date.now() - this.shownAt >= PROGRESS_EVERY_MS || ended === this.total) {
      this.shownAt = Date.now();
      writeLine(this.io.stdout, line);
    }
  }

  say(line: string): void {
    if (this.quiet) return;
    if (this.open) writeLine(this.io.stdout, '');
    this.open = false;
    writeLine(this.io.stdout, line);
  }
}
