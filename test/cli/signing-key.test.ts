/** Keys for those who decide, as the command makes and takes them. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signing } from '../../cli/signing-key';
import { readApprovers } from '../../worker/approvers';
import { cli } from './fake-io';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const decision = {
  session: 's-1',
  key: 'run-1',
  call: 'c1',
  tool: 'b'.repeat(64),
  argsHash: 'a'.repeat(64),
  decision: 'approve',
  act: 'a1',
} as const;

describe('holdfast approver-key', () => {
  it('makes a key that signs, its private part in a file of one’s own, and the entry that workers take', async () => {
    const out = join(folder, 'eva.json');
    const made = await cli(['approver-key', 'Dr. Eva', '--role', 'clinician', 'lead', '--out', out]);
    expect(made.code).toBe(0);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const secret = (JSON.parse(readFileSync(out, 'utf8')) as { d: string }).d;
    expect(made.out.join('') + made.err.join('')).not.toContain(secret);
    const entry: unknown = JSON.parse(made.out.join('\n'));
    const approvers = readApprovers({ HOLDFAST_APPROVERS: JSON.stringify([entry]) });
    expect(approvers?.get('Dr. Eva')?.roles).toEqual(['clinician', 'lead']);
    const { signer, name } = signing(out, undefined, {});
    expect(name).toBe('Dr. Eva');
    expect((await signer?.({ ...decision, by: 'Dr. Eva' }))?.split('.')).toHaveLength(3);
    expect(signing(undefined, undefined, { HOLDFAST_SIGNING_KEY: readFileSync(out, 'utf8') }).name).toBe('Dr. Eva');

    const again = await cli(['approver-key', 'Eva', '--out', out]);
    expect(again).toMatchObject({ code: 2, out: [], err: [expect.stringContaining('it is there already') as unknown] });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ d: secret });
  });

  it('refuses a name that is none', async () => {
    for (const name of ['', ' eva', 'e\u001bva']) {
      expect((await cli(['approver-key', name, '--out', join(folder, 'none.json')])).code).toBe(2);
    }
  });
});

describe('a key to sign with', () => {
  it('is none where none is given', () => {
    expect(signing(undefined, 'eva', {})).toEqual({});
  });

  it.each<[string, string, RegExp]>([
    ['is not there', '', /--key expects the file of a private key as a JWK, .* cannot be read \(ENOENT\)/],
    ['is no JSON', 'secret-words', /what it has is no JSON/],
    ['is public', '{"kty":"OKP","crv":"Ed25519","x":"abc"}', /--key expects the file of a private key/],
    ['is of another kind', '{"kty":"RSA","d":"secret-words","kid":"eva"}', /--key cannot be used: .*Ed25519 or P-256/],
    ['says not whose it is', '{"kty":"OKP","crv":"Ed25519","x":"abc","d":"secret-words"}', /the key has no kid/],
  ])('that %s is told without a word of it', async (what, content, problem) => {
    const file = join(folder, `${what.replaceAll(' ', '-')}.json`);
    if (content !== '') writeFileSync(file, content);
    const run = await cli(['approve', 's-1', '--key', file, '--hash', 'a'.repeat(64)]);
    expect(run).toMatchObject({ code: 2, out: [] });
    expect(run.err.join()).toMatch(problem);
    expect(run.err.join()).not.toContain('secret-words');
  });
});
