/**
 * The crash-point sweep: a conversation is had without a fault, and then again for each point that the worker passed, the worker being
 * killed there, and for pairs of such points. Whatever is not as it was without faults is a finding.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startDevServer } from '../../worker/dev-server';
import { choosePairs, parseCase, singleCases, type Aftermath, type SweepCase } from './choose-cases';
import { checkRun, compareRuns, finding, type Finding } from './compare-runs';
import { differences } from './differences';
import { renderHtml } from './html-report';
import { inLanes } from './in-lanes';
import { judge, type RunEnd } from './judge-case';
import { countPassed, type PassedPoint } from './passed-points';
import { runCase } from './run-case';
import type { RunEvidence } from './run-evidence';
import type { SweepOptions } from './sweep-options';
import { figuresOf, tableOf, type CaseReport, type SweepReport } from './sweep-report';
import { versions } from './version';

/** Longest time of one run, ms. */
const RUN_WITHIN_MS = 90_000;
const DEFAULT_PAIRS = 50;
const LANES_PER_CORE = 3;

/**
 * Sweeps an agent.
 * @throws Error where no run could be made: no server, a plan that is none. What the sweep finds is no error but in the report.
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const seed = options.seed ?? randomInt(2 ** 31);
  const only = options.only === undefined ? undefined : parseCase(options.only);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sweep-'));
  const closings: (() => Promise<unknown>)[] = [];
  let keep = false;
  try {
    const address = await serverOf(options, closings);
    const connection = await Connection.connect({ address });
    closings.unshift(() => connection.close());
    const run = new SweepRun(options, seed, folder, address, new Client({ connection }));
    const report = await run.perform(only);
    keep = report.folder !== undefined;
    if (options.reportFile !== undefined) writeFileSync(options.reportFile, renderHtml(report));
    return report;
  } finally {
    for (const close of closings) await close().catch(() => undefined);
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}

async function serverOf(options: SweepOptions, closings: (() => Promise<unknown>)[]): Promise<string> {
  const address = options.address ?? process.env.TEMPORAL_ADDRESS;
  if (address) return address;
  const log = (line: string): void => options.onProgress?.({ kind: 'stage', line: `temporal: ${line}` });
  const server = await startDevServer({ port: 0, headless: true, dieWithParent: true, log });
  closings.push(() => server.stop());
  return server.address;
}

class SweepRun {
  readonly #startedAt = Date.now();
  readonly #parallel: number;
  readonly #signal: AbortSignal;
  readonly #reports: CaseReport[] = [];
  readonly #aftermaths = new Map<string, readonly PassedPoint[]>();
  /** Place of each case: in order of the conversation, not of their ends. */
  readonly #order = new Map<string, number>();
  #runs = 0;
  #killed = 0;

  constructor(
    private readonly options: SweepOptions,
    private readonly seed: number,
    private readonly folder: string,
    private readonly address: string,
    private readonly temporal: Client,
  ) {
    this.#parallel = options.parallel ?? LANES_PER_CORE * availableParallelism();
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async perform(only: SweepCase | undefined): Promise<SweepReport> {
    const { options, seed } = this;
    this.#say(`two runs of ${options.agent} without a fault, on the server at ${this.address}`);
    const [first, second] = await Promise.all([this.#run([]), this.#run([])]);
    const calm = calmOf(first, second);
    if (calm.kind === 'unusable') return this.#report({}, calm.findings);
    const { evidence, passed, passedAgain } = calm;
    const points = Object.fromEntries(countPassed(passed));
    const singles = only ? [only] : singleCases(passed, passedAgain, options.points ?? { kind: 'all' });
    this.#say(`${passed.length} points passed; seed ${seed}; ${singles.length} runs, ${this.#parallel} at a time`);
    await this.#runCases(singles, evidence);
    if (!only) {
      const order: readonly Aftermath[] = singles.map(({ id }) => ({
        crashAt: id,
        passed: this.#aftermaths.get(id) ?? [],
      }));
      const pairs = choosePairs(order, passed, options.pairs ?? DEFAULT_PAIRS, seed);
      if (pairs.length > 0) this.#say(`${pairs.length} pairs of points`);
      await this.#runCases(pairs, evidence);
    }
    return this.#report(points, []);
  }

  #say(line: string): void {
    this.options.onProgress?.({ kind: 'stage', line });
  }

  async #runCases(cases: readonly SweepCase[], calm: RunEvidence): Promise<void> {
    for (const one of cases) this.#order.set(one.id, this.#order.size);
    await inLanes(cases, this.#parallel, (one) => this.#runOne(one, calm), this.#signal);
  }

  async #runOne(one: SweepCase, calm: RunEvidence): Promise<void> {
    const startedAt = Date.now();
    for (let tries = 1; ; tries += 1) {
      const { end, folder } = await this.#run(one.crashAt);
      if (this.#signal.aborted) return;
      const judgement = judge(calm, one, end);
      if (end.kind === 'ended') this.#note(one, end.result.evidence);
      const missed = judgement.verdict === 'not_reached' || judgement.secondReached === false;
      if (judgement.verdict !== 'failed' && missed && tries === 1) continue;
      const passed = judgement.verdict === 'passed';
      if (passed) rmSync(folder, { recursive: true, force: true });
      const report: CaseReport = {
        ...one,
        ...judgement,
        tries,
        elapsedMs: Date.now() - startedAt,
        repeatWith: this.#repeatWith(one.id),
        ...(passed ? {} : { folder }),
      };
      this.#reports.push(report);
      const failed = this.#reports.filter(({ verdict }) => verdict !== 'passed').length;
      this.options.onProgress?.({
        kind: 'case',
        done: this.#reports.length,
        known: this.#order.size,
        failed,
        last: report,
      });
      return;
    }
  }

  /** What the next worker passed after a single crash is what the second of a pair may die at. */
  #note({ id, kind }: SweepCase, { workers }: RunEvidence): void {
    this.#killed += workers.filter(({ diedAt }) => diedAt !== undefined).length;
    const next = workers[1];
    if (kind === 'single' && next) this.#aftermaths.set(id, next.passed);
  }

  async #run(crashAt: readonly string[]): Promise<{ readonly end: RunEnd; readonly folder: string }> {
    const { options } = this;
    this.#runs += 1;
    const folder = join(this.folder, `run-${this.#runs}`);
    mkdirSync(folder);
    try {
      const result = await runCase({
        agent: options.agent,
        plan: { ...options.plan, agentsModule: resolve(options.plan.agentsModule) },
        crashAt,
        folder,
        name: `sweep-${process.pid}-${this.#startedAt.toString(36)}-${this.#runs}`,
        address: this.address,
        temporal: this.temporal,
        workerScript: options.workerScript ?? join(__dirname, 'worker-main.js'),
        compileCache: join(this.folder, 'compile-cache'),
        withinMs: RUN_WITHIN_MS,
        signal: this.#signal,
      });
      return { end: { kind: 'ended', result }, folder };
    } catch (error) {
      return { end: { kind: 'broken', why: error instanceof Error ? error.message : String(error) }, folder };
    }
  }

  #repeatWith(caseId: string): string {
    const { options, seed } = this;
    return options.repeatWith?.(caseId, seed) ?? `sweep({ …, seed: ${seed}, only: ${JSON.stringify(caseId)} })`;
  }

  #report(points: Readonly<Record<string, number>>, calmFindings: readonly Finding[]): SweepReport {
    const cases = [...this.#reports].sort(
      (one, other) => (this.#order.get(one.id) ?? 0) - (this.#order.get(other.id) ?? 0),
    );
    const failed = cases.some(({ verdict }) => verdict !== 'passed') || calmFindings.length > 0;
    const stopped = this.#signal.aborted;
    const elapsedMs = Date.now() - this.#startedAt;
    return {
      agent: this.options.agent,
      seed: this.seed,
      held: !failed && !stopped && cases.length > 0,
      calm: { points, findings: calmFindings },
      cases,
      rows: tableOf(cases),
      figures: figuresOf(cases, { parallel: this.#parallel, elapsedMs, workersKilled: this.#killed }),
      versions: versions(),
      ...(stopped ? { stopped: 'it was stopped before its end' } : {}),
      ...(failed ? { folder: this.folder } : {}),
    };
  }
}

type Calm =
  | {
      readonly kind: 'usable';
      readonly evidence: RunEvidence;
      readonly passed: readonly PassedPoint[];
      readonly passedAgain: readonly PassedPoint[];
    }
  | { readonly kind: 'unusable'; readonly findings: readonly Finding[] };

/**
 * Two runs without a fault must be right by themselves, and agree; else nothing can be compared with them. How many workflow tasks they take
 * may differ, and with it when they continue as new and what they store then.
 */
function calmOf(one: { readonly end: RunEnd }, other: { readonly end: RunEnd }): Calm {
  const broken = [one.end, other.end].flatMap((end) =>
    end.kind === 'broken' ? [finding('run', 'the run without faults', 'to end', end.why)] : [],
  );
  if (broken.length > 0 || one.end.kind === 'broken' || other.end.kind === 'broken') {
    return { kind: 'unusable', findings: broken.slice(0, 1) };
  }
  const [first, second] = [one.end.result.evidence, other.end.result.evidence];
  const passedBy = ({ workers }: RunEvidence): readonly PassedPoint[] => workers[0]?.passed ?? [];
  const byActivities = (run: RunEvidence): Readonly<Record<string, number>> =>
    Object.fromEntries(countPassed(passedBy(run).filter(({ point }) => !/^(workflow|conversation)\./.test(point))));
  const findings = [
    ...checkRun(first),
    ...compareRuns(first, second),
    ...differences(byActivities(first), byActivities(second)).map(({ place, expected, found }) =>
      finding('run', `times that ${place} is passed`, `${expected}, as in the first run`, found),
    ),
    ...(passedBy(first).length === 0 ? [finding('run', 'points passed', 'some', 'none')] : []),
  ];
  if (findings.length > 0) return { kind: 'unusable', findings };
  return { kind: 'usable', evidence: first, passed: passedBy(first), passedAgain: passedBy(second) };
}
