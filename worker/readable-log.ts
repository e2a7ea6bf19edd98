/** A log line of JSON as one line for a person at a terminal; programs that collect logs get the JSON. */
import { inertLine } from '../workflows/contracts';

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
/** Long, and of no use to somebody who sits beside the process. */
const HIDDEN: ReadonlySet<string> = new Set([
  ...['level', 'time', 'pid', 'hostname', 'name', 'msg', 'sdkComponent', 'isLocal', 'namespace', 'taskToken'],
  ...['workflowRunId', 'workflowType'],
]);
const MAX_VALUE = 300;

/**
 * @param json one line, as pino writes it.
 * @returns `12:30:01 warn  model call failed · type UnknownAgent · callId t1.s1.m`; what is no such JSON comes back as it is, inert.
 */
export function readableLine(json: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return inertLine(json.trimEnd(), 2_000);
  }
  const { time, level } = record;
  const msg = typeof record.msg === 'string' ? record.msg : '';
  const at = typeof time === 'number' ? new Date(time).toISOString().slice(11, 19) : '';
  const fields = Object.entries(record)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = `${at} ${(LEVELS[Number(level)] ?? String(level)).padEnd(5)} ${msg}`;
  return [head, ...fields].map((part) => inertLine(part, MAX_VALUE)).join(' · ');
}
