/** Those who may decide on calls, with the keys that they sign with: `HOLDFAST_APPROVERS`, read once, checked, refused with a sentence. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { ApproverKey, ApproverKeys } from '../activities/approvals/approver-keys';
import { MAX_ROLES, ROLE_PATTERN } from '../agents/approval';
import type { Agent } from '../agents/define-agent';
import { isPlainObject } from '../workflows/contracts/json';
import { isNobodysName, nameKey } from '../workflows/contracts/same-person';
import { ConfigError } from './config';

const SETTING = 'HOLDFAST_APPROVERS';
/** Far more than a company's approvers take. */
const MAX_BYTES = 256 * 1024;
const MAX_APPROVERS = 500;
/** Members of a JWK that hold what must stay with its owner; `k` is a shared secret. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes of base64url');
const about = { kid: z.string().optional(), use: z.literal('sig').optional(), ext: z.boolean().optional() };
const verifies = z.array(z.literal('verify')).optional();

const JwkSchema = z.discriminatedUnion('kty', [
  z.strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: coordinate,
    alg: z.enum(['EdDSA', 'Ed25519']).optional(),
    key_ops: verifies,
    ...about,
  }),
  z.strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: coordinate,
    y: coordinate,
    alg: z.literal('ES256').optional(),
    key_ops: verifies,
    ...about,
  }),
]);

const ApproverSchema = z.strictObject({
  /** Stands in records and on pages as it is. */
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'holds a character that cannot be seen')
    .refine((name) => name === name.trim() && name === name.normalize('NFC'), 'has blanks around it, or is not NFC'),
  roles: z
    .array(z.string().regex(ROLE_PATTERN, 'must be 1 to 64 characters of A-Z a-z 0-9 _ -'))
    .max(MAX_ROLES)
    .default([]),
  publicKey: JwkSchema,
});

const ListSchema = z.array(ApproverSchema).min(1).max(MAX_APPROVERS);
type Listed = z.output<typeof ApproverSchema>;

/**
 * @param env usually `process.env`. `HOLDFAST_APPROVERS` is JSON, or the path of a JSON file: `[{ name, roles?, publicKey }]`, the key as a public JWK,
 *   Ed25519 or P-256.
 * @returns undefined where it is not set: then decisions are taken as they are claimed.
 * @throws ConfigError
 */
export function readApprovers(env: NodeJS.ProcessEnv = process.env): ApproverKeys | undefined {
  const setting = env[SETTING]?.trim();
  if (setting === undefined || setting === '') return undefined;
  const value = parsed(setting.startsWith('[') || setting.startsWith('{') ? setting : contentOf(setting));
  refusePrivateKeys(value);
  const read = ListSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    fail(
      `${issue?.path.join('.') || 'the list'}: ${issue?.message ?? 'cannot be read'}; expected [{ "name": "…", "roles": ["…"], "publicKey": { a public JWK, Ed25519 or P-256 } }]`,
    );
  }
  return keysOf(read.data);
}

function fail(problem: string): never {
  throw new ConfigError(`${SETTING} cannot be used: ${problem}`);
}

function contentOf(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) fail(`the file has ${size} bytes, at most ${MAX_BYTES} are taken`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return fail(
      `it is neither JSON nor the path of a file that can be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
}

function parsed(text: string): unknown {
  if (Buffer.byteLength(text) > MAX_BYTES) fail(`it has more than ${MAX_BYTES} bytes`);
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's words, which quote the text.
    return fail('it is not JSON');
  }
}

/** Before anything else is said of it, and without quoting it: such a key must be taken out of wherever this was read from. */
function refusePrivateKeys(value: unknown): void {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, one] of list.entries()) {
    const key: unknown = isPlainObject(one) ? one.publicKey : undefined;
    if (isPlainObject(key) && PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member)))
      fail(
        `${index}.publicKey holds a private key, which belongs to its owner alone; give the public part, and make a new pair`,
      );
  }
}

function keysOf(list: readonly Listed[]): ApproverKeys {
  const keys = new Map<string, ApproverKey>();
  const names = new Set<string>();
  const owners = new Map<string, string>();
  for (const { name, roles, publicKey } of list) {
    if (isNobodysName(name))
      fail(`nobody can be named ${JSON.stringify(name)}: the record has it for what no person decided`);
    if (names.has(nameKey(name))) fail(`two approvers are named ${JSON.stringify(name)}`);
    names.add(nameKey(name));
    // Whoever has two names would be two people to a quorum.
    const owner = owners.get(publicKey.x);
    if (owner !== undefined) fail(`${JSON.stringify(owner)} and ${JSON.stringify(name)} have the same key`);
    owners.set(publicKey.x, name);
    if (new Set(roles).size < roles.length) fail(`${JSON.stringify(name)} has a role twice`);
    keys.set(name, { name, roles, alg: publicKey.kty === 'OKP' ? 'EdDSA' : 'ES256', key: keyOf(name, publicKey) });
  }
  return keys;
}

function keyOf(name: string, { kty, crv, x, ...rest }: Listed['publicKey']): KeyObject {
  try {
    return createPublicKey({ key: { kty, crv, x, ...('y' in rest ? { y: rest.y } : {}) }, format: 'jwk' });
  } catch {
    return fail(`the public key of ${JSON.stringify(name)} is not one: its point is not on the curve`);
  }
}

/**
 * What agents ask of approvers must be there: a call that nobody could ever decide on is told at the start, and not by the first session that waits for it.
 * @throws ConfigError that names the agent and the tool.
 */
export function assertApprovers(agents: readonly Agent[], approvers: ApproverKeys | undefined): void {
  for (const agent of agents) {
    for (const { name, approval } of agent.tools.values()) {
      if (approval === undefined) continue;
      const here = `agent ${JSON.stringify(agent.name)}, tool ${JSON.stringify(name)}`;
      if (approvers === undefined) {
        if (!approval.signed) continue;
        throw new ConfigError(
          `${here}: its approval needs signed decisions (roles, or signed: true), and this worker knows no approver; set ${SETTING} to their names, roles and public keys`,
        );
      }
      for (const { roles, atDeadline } of approval.stages) {
        if (atDeadline === 'approve') {
          throw new ConfigError(
            `${here}: its approval is given by itself at a deadline, which nobody signs; with ${SETTING} set, atDeadline must be "reject" or "escalate"`,
          );
        }
        const able = [...approvers.values()].filter(
          (one) => roles === undefined || roles.some((role) => one.roles.includes(role)),
        );
        if (able.length >= approval.approvals) continue;
        const who =
          roles === undefined
            ? ''
            : ` with ${roles.length === 1 ? 'the role' : 'one of the roles'} ${roles.join(', ')}`;
        throw new ConfigError(
          `${here}: its approval needs ${approval.approvals} people${who}, and ${SETTING} has ${able.length}`,
        );
      }
    }
  }
}
