/** From what became of a run to what is reported of its case. Plain. */
import type { SweepCase } from './choose-cases';
import { checkRun, compareRuns, finding, type Finding } from './compare-runs';
import type { RunResult } from './run-case';
import type { RunEvidence } from './run-evidence';
import type { CaseReport } from './sweep-report';

/** How a run ended: with evidence, or with why there is none. */
export type RunEnd =
  { readonly kind: 'ended'; readonly result: RunResult } | { readonly kind: 'broken'; readonly why: string };

export type Judgement = Pick<CaseReport, 'verdict' | 'findings' | 'secondReached' | 'resumedAfterMs'>;

/** A first point that is not reached is a failure; the second of a pair depends on how the first crash went. */
export function judge(calm: RunEvidence, { kind, crashAt }: SweepCase, end: RunEnd): Judgement {
  if (end.kind === 'broken') {
    const findings = [finding('run', 'the run', 'to end', end.why)];
    return { verdict: 'failed', findings, resumedAfterMs: [] };
  }
  const { evidence, notReached } = end.result;
  const findings: Finding[] = [...checkRun(evidence), ...compareRuns(calm, evidence)];
  const firstMissed = notReached.length === crashAt.length;
  return {
    verdict: findings.length > 0 ? 'failed' : firstMissed ? 'not_reached' : 'passed',
    findings,
    ...(kind === 'pair' ? { secondReached: notReached.length === 0 } : {}),
    resumedAfterMs: resumedAfter(evidence),
  };
}

/** From each death to the first point that the next worker passed, ms. */
export function resumedAfter({ workers }: Pick<RunEvidence, 'workers'>): readonly number[] {
  return workers.flatMap(({ diedAt }, index) => {
    const first = workers[index + 1]?.passed[0];
    // Nothing is passed by one who found nothing left to do; a message that the user sends later is no resume of what was cut off.
    return diedAt === undefined || first === undefined ? [] : [Math.max(0, first.at - diedAt)];
  });
}
