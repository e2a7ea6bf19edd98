/** Keys and signatures that the client makes, and that any program can verify. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { compactVerify, importJWK, type JWK } from 'jose';
import { newApproverKey, signerFromJwk } from '../../client';
import type { ClaimedDecision } from '../../workflows/contracts/decision-claims';

const decision: ClaimedDecision = {
  session: 's-1',
  key: 'run-1',
  call: 't1.s1.c1-00000000',
  tool: 'a'.repeat(64),
  argsHash: 'b'.repeat(64),
  decision: 'approve',
  by: 'mia',
  act: 'act-1',
};
const NOW = Date.parse('2026-01-05T09:00:00.700Z');

async function read(token: string, publicJwk: JWK) {
  const { payload, protectedHeader } = await compactVerify(token, await importJWK(publicJwk, 'EdDSA'));
  return { claims: JSON.parse(new TextDecoder().decode(payload)) as unknown, header: protectedHeader };
}

test('a new key signs by its name, for a quarter of an hour', async () => {
  const { privateJwk, publicJwk } = await newApproverKey('mia');
  const token = await signerFromJwk(privateJwk, undefined, { now: () => NOW })(decision);
  expect(await read(token, publicJwk)).toEqual({
    header: { alg: 'EdDSA', kid: 'mia', typ: 'holdfast-decision+jws' },
    claims: { v: 1, ...decision, iat: 1767603600, exp: 1767603600 + 900 },
  });
});

test('a new key is a pair, of which the public half holds nothing private', async () => {
  const { privateJwk, publicJwk } = await newApproverKey('mia');
  const { d, ...rest } = privateJwk;
  expect(d).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(rest).toEqual(publicJwk);
  expect(publicJwk).toEqual({ kty: 'OKP', crv: 'Ed25519', x: expect.any(String) as string, kid: 'mia' });
  expect((await newApproverKey('mia')).publicJwk.x).not.toBe(publicJwk.x);
});

test('a signer signs for its owner only', async () => {
  const { privateJwk } = await newApproverKey('mia');
  await expect(signerFromJwk(privateJwk)({ ...decision, by: 'noor' })).rejects.toThrow(
    'the key is that of "mia", and the decision is by "noor"',
  );
});

test.each<[string, JWK, RegExp]>([
  ['a public one', generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), /has no member d/],
  [
    'one of another curve',
    generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' }),
    /Ed25519 or P-256/,
  ],
  ['one without a name', generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), /needs the name/],
])('a key that is %s makes no signer', (_what, key, words) => {
  expect(() => signerFromJwk(key)).toThrow(words);
});

test('the library that signs is loaded by Node without a warning', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', "console.log(typeof require('jose').compactVerify)"], {
    encoding: 'utf8',
    cwd: __dirname,
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'function\n', stderr: '' });
});
