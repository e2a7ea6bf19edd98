/** `HOLDFAST_APPROVERS`: who is taken, what is refused, and which agents a worker with or without them does not start. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { defineAgent, defineTool, type ApprovalOption } from '../../agents';
import { newApproverKey } from '../../client';
import { ConfigError, createWorker } from '../../worker';
import { assertApprovers, readApprovers } from '../../worker/approvers';

const ed = () => generateKeyPairSync('ed25519');
const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });
const MIA = ed();
const mia = { name: 'mia', roles: ['clerk'], publicKey: MIA.publicKey.export({ format: 'jwk' }) };
const noor = { name: 'noor', publicKey: ec().publicKey.export({ format: 'jwk' }) };
const read = (list: unknown) =>
  readApprovers({ HOLDFAST_APPROVERS: typeof list === 'string' ? list : JSON.stringify(list) });

describe('approvers', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-approvers-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content: string) => {
    const place = path.join(folder, name);
    writeFileSync(place, content);
    return place;
  };

  it.each([undefined, '', '  '])('are nobody where it is %j', (value) => {
    expect(readApprovers({ HOLDFAST_APPROVERS: value })).toBeUndefined();
  });

  it.each<[string, () => string]>([
    ['JSON', () => JSON.stringify([mia, noor])],
    ['a file', () => file('good.json', ` ${JSON.stringify([mia, noor])}\n`)],
  ])('are read from %s', (_what, setting) => {
    const approvers = read(setting());
    expect([...(approvers?.values() ?? [])]).toMatchObject([
      { name: 'mia', roles: ['clerk'], alg: 'EdDSA' },
      { name: 'noor', roles: [], alg: 'ES256' },
    ]);
    expect(approvers?.get('mia')?.key.type).toBe('public');
  });

  it('may have keys as other programs write them', async () => {
    const { publicJwk } = await newApproverKey('mia');
    const full = { ...noor.publicKey, alg: 'ES256', use: 'sig', key_ops: ['verify'], ext: true, kid: 'k-1' };
    expect(
      read([
        { name: 'mia', publicKey: publicJwk },
        { name: 'noor', publicKey: full },
      ])?.size,
    ).toBe(2);
  });

  const secret = ed().privateKey.export({ format: 'jwk' });
  const off = { ...noor.publicKey, y: noor.publicKey.x };

  it.each<[string, unknown, RegExp]>([
    [
      'a file that is not there',
      path.join(folder, 'none.json'),
      /neither JSON nor the path of a file that can be read \(ENOENT\)/,
    ],
    ['a folder', folder, /\(EISDIR\)/],
    ['a file that is no JSON', file('bad.json', 'mia: clerk'), /it is not JSON/],
    ['a file of a megabyte', file('big.json', ' '.repeat(1_000_000)), /has 1000000 bytes, at most/],
    ['JSON that is cut', '[{"name":', /it is not JSON/],
    ['no list', { mia }, /the list: .*expected \[\{ "name"/],
    ['an empty list', [], /the list/],
    ['a private key', [{ ...mia, publicKey: secret }], /0\.publicKey holds a private key/],
    ['a shared secret', [{ ...mia, publicKey: { kty: 'oct', k: 'c2VjcmV0' } }], /holds a private key/],
    ['a private key outside of a list', { publicKey: secret }, /holds a private key/],
    ['no key', [{ name: 'mia' }], /0\.publicKey/],
    ['a key as PEM', [{ name: 'mia', publicKey: '-----BEGIN PUBLIC KEY-----' }], /0\.publicKey/],
    ['RSA', [{ ...mia, publicKey: { kty: 'RSA', n: 'x', e: 'AQAB' } }], /0\.publicKey\.kty/],
    ['another curve', [{ ...mia, publicKey: ec('P-384').publicKey.export({ format: 'jwk' }) }], /0\.publicKey/],
    ['a key for encryption', [{ ...mia, publicKey: { ...mia.publicKey, use: 'enc' } }], /0\.publicKey\.use/],
    ['another algorithm', [{ ...mia, publicKey: { ...mia.publicKey, alg: 'HS256' } }], /0\.publicKey\.alg/],
    ['the address of a key', [{ ...mia, publicKey: { ...mia.publicKey, jku: 'https://evil.example' } }], /jku/],
    ['a key that is cut', [{ ...mia, publicKey: { ...mia.publicKey, x: 'abc' } }], /0\.publicKey\.x: must be 32 bytes/],
    [
      'a point that is off the curve',
      [{ ...noor, publicKey: off }],
      /"noor" is not one: its point is not on the curve/,
    ],
    ['a misspelt field', [{ ...mia, role: 'clerk' }], /role/],
    ['a role of two words', [{ ...mia, roles: ['head nurse'] }], /0\.roles\.0: must be 1 to 64/],
    ['a role twice', [{ ...mia, roles: ['a', 'a'] }], /"mia" has a role twice/],
    ['a name with a line break', [{ ...mia, name: 'mia\nroot' }], /0\.name: holds a character that cannot be seen/],
    ['a name that reads backwards', [{ ...mia, name: 'mia\u202e' }], /0\.name/],
    ['a name with blanks', [{ ...mia, name: ' mia' }], /0\.name: has blanks around it/],
    ['no name', [{ ...mia, name: '' }], /0\.name/],
    ['the name of deadlines', [{ ...mia, name: 'Policy' }], /nobody can be named "Policy"/],
    ['two of one name', [mia, { ...noor, name: 'MIA' }], /two approvers are named "MIA"/],
    ['one key under two names', [mia, { ...mia, name: 'also-mia' }], /"mia" and "also-mia" have the same key/],
    ['too many', Array.from({ length: 501 }, () => mia), /the list/],
  ])('with %s are refused', (_what, list, words) => {
    expect(() => read(list)).toThrow(ConfigError);
    expect(() => read(list)).toThrow(words);
    expect(() => read(list)).toThrow(/^HOLDFAST_APPROVERS cannot be used: /);
  });

  it('are refused without a word of a private key', () => {
    try {
      read([{ ...mia, publicKey: secret }]);
    } catch (error) {
      expect(String(error)).not.toContain(secret.d);
    }
    expect.assertions(1);
  });
});

describe('a worker', () => {
  const agentWith = (approval: ApprovalOption<object>) =>
    defineAgent({
      name: 'clerk',
      instructions: 'x',
      model: 'm',
      tools: [
        defineTool({
          name: 'pay',
          description: 'Pays.',
          effect: 'at-most-once',
          input: z.object({}),
          approval,
          run: () => null,
        }),
      ],
    });
  const start =
    (approval: ApprovalOption<object>, approvers = read([mia, noor])) =>
    () =>
      assertApprovers([agentWith(approval)], approvers);

  it('looks at its approvers before it connects', async () => {
    await expect(createWorker({ agents: [agentWith({ when: 'always', signed: true })] })).rejects.toThrow(
      /tool "pay": its approval needs signed decisions/,
    );
    process.env.HOLDFAST_APPROVERS = '[]';
    try {
      await expect(createWorker({ agents: [] })).rejects.toThrow(/^HOLDFAST_APPROVERS cannot be used/);
    } finally {
      delete process.env.HOLDFAST_APPROVERS;
    }
  });

  it('with keys starts with tools that its approvers can decide on', () => {
    expect(start('never')).not.toThrow();
    expect(start('always')).not.toThrow();
    expect(start({ when: 'always', approvals: 2 })).not.toThrow();
    expect(start({ when: 'always', roles: ['clerk'], deadline: '1h', escalate: [{}] })).not.toThrow();
  });

  it('without keys starts with tools that need no signature', () => {
    const none = readApprovers({});
    expect(() =>
      assertApprovers([agentWith({ when: 'always', deadline: '1h', atDeadline: 'approve' })], none),
    ).not.toThrow();
  });

  it.each<[string, ApprovalOption<object>]>([
    ['roles', { when: 'always', roles: ['clerk'] }],
    ['roles at a later stage', { when: 'always', deadline: '1h', escalate: [{ roles: ['clerk'] }] }],
    ['signatures', { when: 'always', signed: true }],
  ])('without keys does not start where a tool wants %s', (_what, approval) => {
    const begin = () => assertApprovers([agentWith(approval)], readApprovers({}));
    expect(begin).toThrow(ConfigError);
    expect(begin).toThrow(/agent "clerk", tool "pay": its approval needs signed decisions .* set HOLDFAST_APPROVERS/);
  });

  it.each<[string, ApprovalOption<object>, RegExp]>([
    [
      'a role that nobody has',
      { when: 'always', roles: ['owner'] },
      /needs 1 people with the role owner, and HOLDFAST_APPROVERS has 0/,
    ],
    ['more people than there are', { when: 'always', approvals: 3 }, /needs 3 people, and HOLDFAST_APPROVERS has 2/],
    [
      'two of a role that one has',
      { when: 'always', approvals: 2, roles: ['clerk'] },
      /needs 2 people with the role clerk/,
    ],
    [
      'an approval by itself',
      { when: 'always', deadline: '1h', atDeadline: 'approve' },
      /given by itself at a deadline, which nobody signs/,
    ],
  ])('with keys does not start where a tool wants %s', (_what, approval, words) => {
    expect(start(approval)).toThrow(ConfigError);
    expect(start(approval)).toThrow(words);
    expect(start(approval)).toThrow(/agent "clerk", tool "pay"/);
  });
});
