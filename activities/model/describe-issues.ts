/** Zod's issues in words a model can act on: where, what was expected, what came. */
import type { z } from 'zod';

/** Most issues told at once: a model mends the first few and asks again. */
const MAX_ISSUES = 10;

export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text ? `${text}.${String(part)}` : String(part);
  }, '');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[part];
  }
  return found;
}

function preview(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 79).replace(/\p{Surrogate}$/u, '')}…`;
}

function describe(issue: z.core.$ZodIssue, value: unknown, base: readonly PropertyKey[], depth: number): string {
  const path = [...base, ...issue.path];
  const where = pathText(path) || 'the arguments';
  const received = valueAt(value, path);
  switch (issue.code) {
    case 'invalid_type':
      if (received === undefined) return `${where}: is missing, expected ${issue.expected}`;
      return `${where}: expected ${issue.expected}, received ${preview(received)}`;
    case 'invalid_value':
      if (received === undefined) return `${where}: is missing, expected ${allowed(issue.values)}`;
      return `${where}: expected ${allowed(issue.values)}, received ${preview(received)}`;
    case 'unrecognized_keys':
      return `${where}: has ${issue.keys
        .slice(0, 10)
        .map((key) => preview(key))
        .join(', ')}, which is not known here`;
    case 'invalid_union': {
      const branches = depth > 2 ? [] : issue.errors.flatMap((branch) => branch.slice(0, 1));
      if (branches.length === 0) return `${where}: ${issue.message}, received ${preview(received)}`;
      return `${where}: fits none of the choices (${branches
        .slice(0, 5)
        .map((one) => describe(one, value, path, depth + 1))
        .join('; or ')})`;
    }
    default:
      return `${where}: ${issue.message}, received ${preview(received)}`;
  }
}

function allowed(values: readonly unknown[]): string {
  const names = values
    .slice(0, 20)
    .map((value) => preview(value))
    .join(', ');
  return values.length === 1 ? names : `one of ${names}${values.length > 20 ? ', …' : ''}`;
}

/** @returns one sentence part per issue, joined by `; `. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], value: unknown): string {
  const told = issues.slice(0, MAX_ISSUES).map((issue) => describe(issue, value, [], 0));
  if (issues.length > MAX_ISSUES) told.push(`and ${issues.length - MAX_ISSUES} more`);
  return told.join('; ');
}
