/** What both protocols share in reading an answer's body. */
import { canonicalJson, isPlainObject } from '../../workflows/contracts/json';
import type { ProviderAnswer } from './provider';
import { readUsage } from './usage';

function parseBody(body: string): { ok: true; answer: Record<string, unknown> } | { ok: false; problem: string } {
  if (body.trim() === '') return { ok: false, problem: 'the answer is empty' };
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return { ok: false, problem: 'the answer is not JSON' };
  }
  return isPlainObject(answer) ? { ok: true, answer } : { ok: false, problem: 'the answer is not a JSON object' };
}

/** What both protocols say in the same place of every answer. */
type Known = Pick<Extract<ProviderAnswer, { kind: 'said' }>, 'model' | 'responseId' | 'usage'>;

/**
 * Opens an answer's body.
 * @param input, output how the protocol names the two kinds of tokens.
 * @returns the answer and what is known of it, or what the body stands for by itself: not to be read, or an error.
 */
export function openBody(
  body: string,
  input: Parameters<typeof readUsage>[1],
  output: Parameters<typeof readUsage>[2],
): { kind: 'open'; answer: Record<string, unknown>; known: Known } | Exclude<ProviderAnswer, { kind: 'said' }> {
  const parsed = parseBody(body);
  if (!parsed.ok) return { kind: 'unreadable', problem: parsed.problem };
  const { answer } = parsed;
  const error = errorInBody(answer);
  if (error) return error;
  const known = {
    ...(typeof answer.model === 'string' && answer.model !== '' ? { model: answer.model } : {}),
    ...(typeof answer.id === 'string' ? { responseId: answer.id } : {}),
    usage: readUsage(answer.usage, input, output),
  };
  return { kind: 'open', answer, known };
}

/** An error that came with status 200, as gateways send it. */
function errorInBody(answer: Record<string, unknown>): Extract<ProviderAnswer, { kind: 'error' }> | null {
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
