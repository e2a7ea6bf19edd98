/** `holdfast sweep <agent> --script <file>`: what is printed as it goes, and the exit code. */
import { sweep, type SweepProgress } from '../../testing/sweep';
import { commandName } from '../command-name';
import { wantsJson } from '../connection-flags';
import { writeLine, type Io } from '../io';
import type { SweepFlags } from './flags';
import { loadPlan } from './load-plan';
import { renderReport } from './render';

/** Between two lines of progress where the output is no terminal. */
const PROGRESS_EVERY_MS = 10_000;
const INTERRUPTED = 130;

/**
 * @returns the exit code: 1 where a case did not pass, 130 where the sweep was stopped.
 * @throws Error, one sentence, where no run could be made.
 */
export async function sweepAgent(agent: string, flags: SweepFlags, io: Io): Promise<number> {
  const plan = await loadPlan(flags.script);
  const stop = new AbortController();
  const stopListening = io.onInterrupt(() => stop.abort());
  const onTerm = (): void => stop.abort();
  process.once('SIGTERM', onTerm);
  const progress = new ProgressLine(io, wantsJson(flags));
  try {
    const report = await sweep({
      agent,
      plan,
      address: flags.address,
      parallel: flags.parallel,
      seed: flags.seed,
      pairs: flags.pairs,
      points:
        flags.sample === undefined
          ? undefined
          : { kind: 'sample', perPointAndDetail: flags.sample, seed: flags.seed ?? 1 },
      only: flags.only,
      reportFile: flags.report,
      signal: stop.signal,
      repeatWith: (caseId, seed) => repeatCommand(agent, flags, seed, caseId, io),
      onProgress: (now) => progress.show(now),
    });
    if (wantsJson(flags)) writeLine(io.stdout, JSON.stringify(report, undefined, 2));
    else {
      progress.end();
      writeLine(io.stdout, `\n${renderReport(report)}`);
      if (flags.report !== undefined) writeLine(io.stdout, `The whole report: ${flags.report}`);
    }
    if (report.stopped !== undefined) return INTERRUPTED;
    return report.held ? 0 : 1;
  } finally {
    stopListening();
    process.off('SIGTERM', onTerm);
  }
}

/** The command that runs one case again. */
export function repeatCommand(
  agent: string,
  flags: SweepFlags,
  seed: number,
  caseId: string,
  io: Pick<Io, 'env'>,
): string {
  const address = flags.address === undefined ? '' : ` --address ${shellWord(flags.address)}`;
  // Under a script of npm that is this very command, what follows is added to it.
  const own = io.env.npm_lifecycle_event === 'sweep';
  const command = own
    ? 'npm run sweep --'
    : `${commandName(io.env)} sweep ${agent} --script ${shellWord(flags.script)}${address}`;
  return `${command} --seed ${seed} --only '${caseId}'`;
}

/** Quoted only where a shell would take it apart. */
const shellWord = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** One line that is written over on a terminal; else a line now and then. Quiet where the output is for machines. */
class ProgressLine {
  #shownAt = Date.now();
  #open = false;

  constructor(
    private readonly io: Io,
    private readonly quiet: boolean,
  ) {}

  show(progress: SweepProgress): void {
    if (this.quiet) return;
    switch (progress.kind) {
      case 'stage':
        this.end();
        return writeLine(this.io.stdout, progress.line);
      case 'case': {
        const { done, known, failed, last } = progress;
        if (last.verdict !== 'passed') {
          this.end();
          writeLine(this.io.stdout, `${last.verdict === 'failed' ? 'failed' : 'not reached'}: ${last.id}`);
        }
        const line = `${done} of ${known} runs${failed > 0 ? `, ${failed} did not pass` : ''}; last ${last.id}`;
        if (this.io.interactive) {
          this.io.stdout.write(`\r\x1b[2K${line}`);
          this.#open = true;
        } else if (Date.now() - this.#shownAt >= PROGRESS_EVERY_MS || done === known) {
          this.#shownAt = Date.now();
          writeLine(this.io.stdout, line);
        }
      }
    }
  }

  /** Goes on below the line that is written over. */
  end(): void {
    if (this.#open) writeLine(this.io.stdout, '');
    this.#open = false;
  }
}
