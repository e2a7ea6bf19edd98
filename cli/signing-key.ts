/** The private key that decisions are signed with (`--key`, HOLDFAST_SIGNING_KEY), and `holdfast approver-key`, which makes one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { newApproverKey, signerFromJwk, type DecisionSigner } from '../client';
import { isPlainObject } from '../workflows/contracts';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';

export interface Signing {
  readonly signer?: DecisionSigner;
  /** Who signs; absent without a key. */
  readonly name?: string;
}

/**
 * @param file of a private key as a JWK; absent: HOLDFAST_SIGNING_KEY, which is such a file or the JWK itself; without either nothing is signed.
 * @param by who decides; absent: whose key it is (`kid`).
 * @throws UsageError
 */
export function signing(file: string | undefined, by: string | undefined, env: Io['env']): Signing {
  const given = file ?? env.HOLDFAST_SIGNING_KEY;
  if (!given) return {};
  const source = file === undefined ? 'HOLDFAST_SIGNING_KEY' : '--key';
  const jwk = readJwk(source, given);
  const name = by ?? (typeof jwk.kid === 'string' ? jwk.kid : undefined);
  try {
    return { signer: signerFromJwk(jwk, name), name };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${source} cannot be used: ${why}`, { cause: error });
  }
}

function readJwk(source: string, given: string): Record<string, unknown> {
  const expected = 'the file of a private key as a JWK, which `holdfast approver-key` makes';
  const text = given.trimStart().startsWith('{') && source !== '--key' ? given : readKeyFile(source, given, expected);
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch (error) {
    // Without the parser's words, which show a part of the key.
    throw new UsageError(`${source} expects ${expected}; what it has is no JSON`, { cause: error });
  }
  if (!isPlainObject(jwk) || typeof jwk.d !== 'string') throw new UsageError(`${source} expects ${expected}`);
  return jwk;
}

function readKeyFile(source: string, path: string, expected: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${source} expects ${expected}; the file cannot be read (${codeOf(error)})`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}

export interface ApproverKeyFlags {
  readonly role?: readonly string[];
  /** Where the private key is written; never over a file that is there. */
  readonly out: string;
}

/** `holdfast approver-key`: makes a key for somebody who decides. The private part goes to a file, the public one to the output. */
export async function makeApproverKey(name: string, flags: ApproverKeyFlags, io: Io): Promise<number> {
  const { role = [], out } = flags;
  if (name.trim() !== name || name === '' || name.length > 200 || /\p{C}/u.test(name))
    throw new UsageError(
      'the name must be 1 to 200 characters without control characters, and without blanks around it',
    );
  const { privateJwk, publicJwk } = await newApproverKey(name.normalize('NFC'));
  try {
    writeFileSync(out, `${JSON.stringify(privateJwk, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = codeOf(error);
    const why = code === 'EEXIST' ? 'it is there already' : code;
    throw new UsageError(`the private key cannot be written to ${out}: ${why}`, { cause: error });
  }
  const entry = { name: name.normalize('NFC'), ...(role.length === 0 ? {} : { roles: role }), publicKey: publicJwk };
  writeLine(io.stdout, JSON.stringify(entry, null, 2));
  writeLine(
    io.stderr,
    `the private key is in ${out}; what is above goes into the list that workers read by HOLDFAST_APPROVERS`,
  );
  return 0;
}
