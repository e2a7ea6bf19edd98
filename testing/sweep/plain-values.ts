/**
 * Brings what a run left behind to a form in which equal runs are equal: ids of this run, random ids and times of its making
 * are replaced by names that say which one it was. Plain functions.
 */
import { namedCalls } from './family-evidence';
import type { RunEvidence } from './run-evidence';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const INSTANT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/g;
/** Clocks of databases and services may be off by so much, ms. */
const CLOCK_SLACK_MS = 60_000;

/** @returns a function that makes values of this run comparable with those of another. */
export function plainValuesOf(
  run: Pick<RunEvidence, 'sessionId' | 'keyNamespace' | 'conversation' | 'children' | 'startedAt' | 'endedAt'>,
): (value: unknown) => unknown {
  const known = new Map<string, string>([
    [run.sessionId, '<session>'],
    [run.keyNamespace, '<namespace>'],
    // The longest first, since one may begin as another does. Should two have the same id, it is the first one's name in every run.
    ...namedCalls(run)
      .map(({ callId, name }) => [callId, name] as const)
      .reverse()
      .sort(([one], [other]) => other.length - one.length),
  ]);
  const uuids = new Map<string, string>();
  const [from, to] = [run.startedAt - CLOCK_SLACK_MS, run.endedAt + CLOCK_SLACK_MS];
  const isOfRun = (ms: number): boolean => ms >= from && ms <= to;
  const nameUuid = (uuid: string): string => {
    const name = uuids.get(uuid) ?? `<uuid ${uuids.size + 1}>`;
    uuids.set(uuid, name);
    return name;
  };
  const plainText = (text: string): string => {
    let plain = text;
    for (const [id, name] of known) plain = plain.replaceAll(id, name);
    return plain
      .replace(UUID, nameUuid)
      .replace(INSTANT, (instant) => (isOfRun(Date.parse(instant)) ? '<time>' : instant));
  };
  const plain = (value: unknown): unknown => {
    if (typeof value === 'string') return plainText(value);
    if (typeof value === 'number') return Number.isInteger(value) && isOfRun(value) ? '<time>' : value;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [plainText(key), plain(inner)]));
  };
  return plain;
}
