/** What both protocols share in reading an answer's body. */
import { canonicalJson, isPlainObject } from '../../workflows/contracts/json';
import type { ProviderAnswer } from './provider';

export function parseBody(
  body: string,
): { ok: true; answer: Record<string, unknown> } | { ok: false; problem: string } {
  if (body.trim() === '') return { ok: false, problem: 'the answer is empty' };
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return { ok: false, problem: 'the answer is not JSON' };
  }
  return isPlainObject(answer) ? { ok: true, answer } : { ok: false, problem: 'the answer is not a JSON object' };
}

/** An error that came with status 200, as gateways send it. */
export function errorInBody(answer: Record<string, unknown>): Extract<ProviderAnswer, { kind: 'error' }> | null {
  const { error } = answer;
  if (error === undefined || error === null || Array.isArray(answer.choices)) return null;
  if (typeof error === 'string') return { kind: 'error', message: error };
  if (!isPlainObject(error)) return { kind: 'error', message: 'the provider reported an error' };
  const status =
    typeof error.code === 'number' ? error.code : typeof error.status === 'number' ? error.status : undefined;
  return {
    kind: 'error',
    ...(status === undefined ? {} : { status }),
    ...(typeof error.code === 'string' ? { code: error.code } : {}),
    message: typeof error.message === 'string' ? error.message : 'the provider reported an error',
  };
}

/**
 * The arguments of a call as text. An object instead of text is taken as its JSON where that loses nothing; where it may have
 * (numbers beyond 2^53 were rounded by then), the text that results is refused later as not being JSON.
 */
export function argumentsText(value: unknown): { text: string; repaired?: string } {
  if (typeof value === 'string') return { text: value };
  if (value === undefined || value === null) return { text: '' };
  try {
    const text = canonicalJson(value);
    return {
      text: holdsUnsafeNumber(value) ? `(not text, with a number beyond 2^53) ${text}` : text,
      repaired: 'arguments were JSON instead of text',
    };
  } catch {
    return { text: '(not text, with a value that JSON cannot hold)', repaired: 'arguments were JSON instead of text' };
  }
}

function holdsUnsafeNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsUnsafeNumber);
}
