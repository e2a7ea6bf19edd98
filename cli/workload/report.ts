/** The figures of a run and their text. */
import Table from 'cli-table3';
import type { CheckResult } from './checks';
import type { RunEvidence } from './evidence';
import { median } from '../../testing/median';

export interface Figures {
  readonly sessions: number;
  /** Model calls. */
  readonly steps: number;
  readonly toolCalls: number;
  readonly elapsedMs: number;
  readonly sessionsPerSecond: number;
  readonly stepsPerSecond: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly microUsd: number;
  readonly unpricedCalls: number;
  readonly cutOffMicroUsd: number;
  readonly kills: number;
  /** Calls that were under way when their worker was killed. */
  readonly inFlight: { readonly modelCalls: number; readonly toolCalls: number };
  /** Calls whose outcome came from a later attempt than the first. */
  readonly takenOver: number;
  /** Executions that the journal recognised as repeats by their key. */
  readonly deduped: number;
  /** Median from a kill to the next worker's being ready, ms. */
  readonly restartMs?: number;
}

export function figuresOf({ sessions, journal, kills, elapsedMs }: RunEvidence): Figures {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const usage = sessions.flatMap((session) => (session.usage ? [session.usage] : []));
  const steps = sum(usage.map((one) => one.modelCalls));
  return {
    sessions: sessions.length,
    steps,
    toolCalls: sum(usage.map((one) => one.toolCalls)),
    elapsedMs,
    sessionsPerSecond: (sessions.length * 1000) / elapsedMs,
    stepsPerSecond: (steps * 1000) / elapsedMs,
    inputTokens: sum(usage.map((one) => one.inputTokens)),
    outputTokens: sum(usage.map((one) => one.outputTokens)),
    microUsd: sum(usage.map((one) => one.microUsd)),
    unpricedCalls: sum(usage.map((one) => one.unpricedCalls)),
    cutOffMicroUsd: sum(usage.map((one) => one.cutOffMicroUsd)),
    kills: kills.length,
    inFlight: {
      modelCalls: sum(kills.map((kill) => kill.modelCalls)),
      toolCalls: sum(kills.map((kill) => kill.toolCalls)),
    },
    takenOver: sum(sessions.map((session) => session.recent.filter((step) => (step.attempt ?? 1) > 1).length)),
    deduped: journal.filter((row) => row.decision === 'deduped').length,
    restartMs: kills.length === 0 ? undefined : median(kills.map((kill) => kill.restartMs)),
  };
}

/** Most failures printed. */
const MAX_FAILURES = 25;

export function renderReport(figures: Figures, checks: readonly CheckResult[]): string {
  const count = (value: number): string => value.toLocaleString('en-US');
  const cost = `$${(figures.microUsd / 1e6).toFixed(4)}${figures.unpricedCalls > 0 ? ` and ${figures.unpricedCalls} calls unpriced` : ''}`;
  const cutOff =
    figures.cutOffMicroUsd > 0
      ? `, of it $${(figures.cutOffMicroUsd / 1e6).toFixed(4)} estimated for answers that were lost`
      : '';
  const lines = [
    `sessions   ${figures.sessions} in ${(figures.elapsedMs / 1000).toFixed(1)} s, ${figures.sessionsPerSecond.toFixed(1)} a second`,
    `steps      ${count(figures.steps)} model calls, ${count(figures.toolCalls)} tool calls, ${figures.stepsPerSecond.toFixed(1)} steps a second`,
    `tokens     ${count(figures.inputTokens)} in, ${count(figures.outputTokens)} out`,
    `cost       ${cost}${cutOff}`,
    `kills      ${figures.kills}${figures.restartMs === undefined ? '' : `, the next worker ready after ${Math.round(figures.restartMs)} ms (median)`}`,
  ];
  if (figures.kills > 0) {
    const { modelCalls, toolCalls } = figures.inFlight;
    lines.push(
      `in flight  ${modelCalls + toolCalls} calls at a kill (${modelCalls} at the model, ${toolCalls} with their effect done and not recorded)`,
    );
    lines.push(
      `taken over ${figures.takenOver} calls by a later attempt; ${figures.deduped} executions recognised as repeats by their key`,
    );
  }
  lines.push(
    '',
    ...checks.map(
      ({ check, looked, failures }) => `${failures.length === 0 ? 'ok    ' : 'FAILED'} ${check} (${count(looked)})`,
    ),
  );
  return [...lines, ...failureTable(checks)].join('\n');
}

function failureTable(checks: readonly CheckResult[]): readonly string[] {
  const failures = checks.flatMap(({ failures: found }) => found);
  if (failures.length === 0) return [];
  const table = new Table({
    head: ['session', 'task', 'problem'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [34, 20, 90],
  });
  for (const failure of failures.slice(0, MAX_FAILURES)) {
    table.push([failure.sessionId ?? '-', failure.taskId ?? '-', failure.problem]);
  }
  const more = failures.length > MAX_FAILURES ? [`and ${failures.length - MAX_FAILURES} more failures`] : [];
  return ['', table.toString(), ...more];
}
