/** The tokens that people sign in with: read once, at the start, and held as hashes only. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from '../report-error';
import type { Person } from './source';

export const TOKENS_VARIABLE = 'HOLDFAST_DESK_TOKENS';

/** A shorter one could be guessed. */
const MIN_TOKEN_CHARS = 20;

export interface TokenHolder {
  readonly person: Person;
  /** sha256 of the token. */
  readonly hash: Buffer;
}

const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'holds a control character');
const holders = z
  .array(
    z
      .strictObject({
        name,
        roles: z.array(name).optional(),
        token: z.string().min(MIN_TOKEN_CHARS, `has fewer than ${MIN_TOKEN_CHARS} characters`).optional(),
        tokenSha256: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits')
          .optional(),
      })
      .refine(({ token, tokenSha256 }) => (token === undefined) !== (tokenSha256 === undefined), {
        message: 'needs either token or tokenSha256',
      }),
  )
  .min(1, 'names nobody');

/**
 * @param given JSON text, or the path of a file that holds it: `[{ "name": …, "roles"?: […], "tokenSha256": … }]`.
 * @throws UsageError that says what is wrong, without any token in it.
 */
export function readTokens(given: string): readonly TokenHolder[] {
  const parsed = holders.safeParse(parse(given));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`${TOKENS_VARIABLE}: ${issue ? `[${issue.path.join('.')}] ${issue.message}` : 'unreadable'}`);
  }
  const found = parsed.data.map(({ name: who, roles, token, tokenSha256 }) => ({
    person: { name: who, ...(roles === undefined ? {} : { roles }) },
    hash: tokenSha256 === undefined ? sha256(token ?? '') : Buffer.from(tokenSha256, 'hex'),
  }));
  const hashes = new Set(found.map(({ hash }) => hash.toString('hex')));
  if (hashes.size < found.length) throw new UsageError(`${TOKENS_VARIABLE}: two people have the same token`);
  return found;
}

/** @returns whose token it is. Takes as long whoever it is, and for nobody's. */
export function holderOf(token: string, people: readonly TokenHolder[]): Person | undefined {
  const hash = sha256(token);
  let found: Person | undefined;
  for (const holder of people) if (timingSafeEqual(holder.hash, hash)) found = holder.person;
  return found;
}

function parse(given: string): unknown {
  const isText = given.trimStart().startsWith('[');
  let text = given;
  try {
    if (!isText) text = readFileSync(given, 'utf8');
  } catch {
    throw new UsageError(`${TOKENS_VARIABLE} is neither a JSON list nor the path of a file that can be read`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // Not the parser's own message: it quotes what it read.
    throw new UsageError(
      `${TOKENS_VARIABLE} is not JSON; expected [{"name": "ada", "roles": ["clinic"], "tokenSha256": "…"}]`,
    );
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
