/** Bounds on what a child sends its parent: a payload that is too large would not be sent at all, again and again. Plain code. */
import type { Report } from '../contracts/handoff';
import { utf8Length, type Json } from '../contracts/json';
import { MAX_REPORT_BYTES } from './activity-options';

/** Of an answer that does not fit as a whole, UTF-16 units: a quarter of a report, whatever they are. */
const CUT_ANSWER_CHARS = MAX_REPORT_BYTES / 16;

/** What is left out of a report that is too large, one after the other. Obligations, and what waits for people, never are. */
const REDUCTIONS: readonly ((report: Report) => Report)[] = [
  (report) => ({ ...report, undoable: newestWithin(report.undoable ?? [], MAX_REPORT_BYTES / 8) }),
  (report) => ({ ...report, ...(report.result ? { result: cutResult(report.result) } : {}) }),
  (report) => ({ ...report, changes: report.changes.map(({ established: _e, done: _d, ...change }) => change) }),
];

/** @returns the report, shorter where it would not get through. */
export function withinBounds(report: Report): Report {
  let bounded = report;
  for (const reduce of REDUCTIONS) {
    if (bytesOf(bounded) <= MAX_REPORT_BYTES) break;
    bounded = reduce(bounded);
  }
  return bounded;
}

/** @returns the last of `list`, as many as `bytes` of JSON hold. */
export function newestWithin(list: readonly Json[], bytes: number): readonly Json[] {
  let first = list.length;
  for (let sum = 0; first > 0; first -= 1) {
    sum += bytesOf(list[first - 1]);
    if (sum > bytes) break;
  }
  return list.slice(first);
}

function cutResult(result: NonNullable<Report['result']>): Report['result'] {
  if (result.kind !== 'answered' || result.answer.kind !== 'reply') return result;
  const { answer } = result;
  const text = answer.text.slice(0, CUT_ANSWER_CHARS).replace(/\p{Surrogate}$/u, '');
  if (text.length === answer.text.length) return result;
  const partial = `cut: the whole answer has ${answer.text.length} characters`;
  return { kind: 'answered', answer: { ...answer, text, partial } };
}

function bytesOf(value: unknown): number {
  return utf8Length(JSON.stringify(value));
}
