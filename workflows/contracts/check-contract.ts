/** The check on what a parent gives a child, down to what the session touches. Plain; whether it fits the child's agent is said by its first model call. */
import { docProblem } from './check-doc';
import { wordsFor } from './check-limits';
import { findPoison, isPlainObject } from './json';
import { CHILD_PATH_PATTERN } from './names';

/** @returns what is wrong with a child's contract, in words; null where nothing is. */
export function contractProblem(value: unknown): string | null {
  if (!isPlainObject(value) || '$undecodable' in value)
    return `child must be what a parent gives, got ${wordsFor(value)}`;
  const poison = findPoison(value, 'child');
  if (poison !== null) return poison;
  const { role, path, back, depth, begun = 0, brief, state, grants, slice, result } = value;
  if (role !== 'transfer' && role !== 'delegate')
    return `child.role must be "transfer" or "delegate", got ${wordsFor(role)}`;
  if (typeof path !== 'string' || !CHILD_PATH_PATTERN.test(path))
    return `child.path must be a path such as h1/h2, got ${wordsFor(path)}`;
  const missing = ['root', 'from', 'callId'].find((field) => typeof value[field] !== 'string' || value[field] === '');
  if (missing !== undefined) return `child.${missing} must be a text, got ${wordsFor(value[missing])}`;
  if (back !== undefined && typeof back !== 'string') return `child.back must be a text, got ${wordsFor(back)}`;
  if (!Number.isSafeInteger(depth) || (depth as number) < 0)
    return `child.depth must be a whole number from 0, got ${wordsFor(depth)}`;
  if (!Number.isSafeInteger(begun) || (begun as number) < 0)
    return `child.begun must be a whole number from 0, got ${wordsFor(begun)}`;
  if (!isPlainObject(brief)) return `child.brief must be an object, got ${wordsFor(brief)}`;
  return (
    docProblem(state, 'child.state') ??
    grantsProblem(grants) ??
    sliceProblem(slice) ??
    (result === undefined ||
    (isPlainObject(result) && isPlainObject(result.schema) && typeof result.taskQueue === 'string')
      ? null
      : 'child.result must be { schema, agent, delegate, taskQueue }')
  );
}

export function grantsProblem(grants: unknown): string | null {
  if (grants === undefined) return null;
  if (!isPlainObject(grants)) return `child.grants must be { only?, without? }, got ${wordsFor(grants)}`;
  const wrong = ['only', 'without'].find((field) => {
    const names = grants[field];
    return names !== undefined && !(Array.isArray(names) && names.every((name) => typeof name === 'string'));
  });
  return wrong === undefined ? null : `child.grants.${wrong} must be a list of names`;
}

/** Of what a parent gives: counts that are none would meet no bound. */
export function sliceProblem(slice: unknown): string | null {
  if (slice === undefined) return null;
  if (!isPlainObject(slice)) return `slice must be an object, got ${wordsFor(slice)}`;
  for (const [kind, amount] of Object.entries(slice)) {
    if (!['tokens', 'microUsd', 'modelCalls', 'wallClockMs'].includes(kind))
      return `slice does not know ${JSON.stringify(kind.slice(0, 60))}`;
    if (!Number.isSafeInteger(amount) || (amount as number) < 0)
      return `slice.${kind} must be a whole number from 0, got ${wordsFor(amount)}`;
  }
  return null;
}
