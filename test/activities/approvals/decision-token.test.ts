/** Signatures: whose are taken, over what, and the ones that somebody makes who has no right to. */
import { createHmac, createPublicKey, sign as signBytes } from 'node:crypto';
import fc from 'fast-check';
import { verifyDecision } from '../../../activities/approvals/decision-token';
import type { ApprovalCheckInput } from '../../../workflows/contracts/approval';
import { decisionClaims, DECISION_TOKEN_TYPE } from '../../../workflows/contracts/decision-claims';
import { claimsOf, inputOf, keysOf, NOW, PAYMENT, payTool, person, signedBy, type Person } from './deciding';

const tool = payTool();
const mia = person('mia', ['clerk']);
const noor = person('noor', ['clerk'], 'ES256');
const eve = person('eve');
const keys = keysOf(mia, noor);
const input = inputOf(tool, { by: 'mia' });
const iat = NOW / 1000;

const base64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token made by hand, out of any header and payload, with a true signature over them by an Ed25519 key. */
function token(header: unknown, payload: unknown, by: Person = mia): string {
  const signed = `${base64(header)}.${base64(payload)}`;
  return `${signed}.${signBytes(null, Buffer.from(signed), by.privateKey).toString('base64url')}`;
}

const HEADER = { alg: 'EdDSA', kid: 'mia', typ: DECISION_TOKEN_TYPE };
const claims = decisionClaims(claimsOf(input), iat);
const verify = (signature: string, of: ApprovalCheckInput = input, now = NOW) =>
  verifyDecision(signature, of, keys, now);

describe('a signature over the decision is taken', () => {
  it.each<[string, Person]>([
    ['Ed25519', mia],
    ['P-256', noor],
  ])('with %s', async (_what, who) => {
    const { signature = '', ...decision } = await signedBy(who, { ...input, by: who.name });
    expect(await verify(signature, decision)).toEqual({ ok: true, approver: who.entry });
  });

  it('made by hand, in any order of the claims', async () => {
    expect(await verify(token(HEADER, Object.fromEntries(Object.entries(claims).reverse())))).toMatchObject({
      ok: true,
    });
  });

  it('with everything that a decision can have', async () => {
    const whole: ApprovalCheckInput = {
      ...input,
      decision: 'edit',
      args: { cents: 4000, to: 'Bob' },
      standing: { upTo: 50 },
      reason: 'less — “enough”',
    };
    const { signature = '', ...decision } = await signedBy(mia, whole);
    expect(await verify(signature, decision)).toMatchObject({ ok: true });
    // The same arguments in another order are the same.
    expect(await verify(signature, { ...decision, args: { to: 'Bob', cents: 4000 } })).toMatchObject({ ok: true });
  });
});

describe('a true signature for something else is refused, by the claim', () => {
  const other = 'f'.repeat(64);
  it.each<[string, Partial<ApprovalCheckInput>, string]>([
    ['another session', { sessionId: 's-2' }, 'session'],
    ['a fork of the session', { keyNamespace: 'run-2' }, 'key'],
    ['another call', { callId: 't3.s2.c2-0123abcd' }, 'call'],
    ['the tool as it was before', { terms: { ...input.terms, toolHash: other } }, 'tool'],
    ['other arguments', { argsHash: other }, 'argsHash'],
    ['the other decision', { decision: 'reject' }, 'decision'],
    ['an edit', { decision: 'edit', args: { ...PAYMENT, cents: 1 } }, 'decision'],
    ['a standing one', { standing: {} }, 'standing'],
    ['another reason', { reason: 'because' }, 'reason'],
    ['another act', { actId: 'act-2' }, 'act'],
  ])('%s', async (_what, over, claim) => {
    const result = await verify(token(HEADER, claims), { ...input, ...over });
    expect(result).toMatchObject({ ok: false, problem: expect.stringContaining(`"${claim}"`) as string });
  });

  it.each<[string, Partial<ApprovalCheckInput>, string]>([
    ['other new arguments', { args: { ...PAYMENT, cents: 2 } }, 'edited'],
    ['a wider standing', { standing: { upTo: 51 } }, 'standing'],
    ['a standing without bound', { standing: {} }, 'standing'],
    ['none, where it was signed as standing', { standing: undefined }, 'standing'],
    ['no reason, where one was signed', { reason: undefined }, 'reason'],
  ])('of an edit: %s', async (_what, over, claim) => {
    const whole = {
      ...input,
      decision: 'edit',
      args: { ...PAYMENT, cents: 1 },
      standing: { upTo: 50 },
      reason: 'r',
    } as const;
    const { signature = '' } = await signedBy(mia, whole);
    const result = await verify(signature, { ...whole, ...over });
    expect(result).toMatchObject({ ok: false, problem: expect.stringContaining(`"${claim}"`) as string });
  });
});

describe('a signature counts in its time only', () => {
  const since = input.since / 1000;
  it.each<[string, object, RegExp | true]>([
    ['made before the call was put to people', { iat: since - 61 }, /before the call was put to people/],
    ['made by a clock that is a minute slow', { iat: since - 60 }, true],
    ['made by a clock that is a minute fast', { iat: iat + 60 }, true],
    ['made in the future', { iat: iat + 61 }, /a time that has not come/],
    ['without a time', { iat: undefined }, /"iat" must be whole seconds/],
    ['with a time in words', { iat: '2026-01-05' }, /"iat" must be whole seconds/],
    ['with a time in ms', { iat: NOW }, /a time that has not come/],
    ['with half a second', { iat: iat + 0.5 }, /"iat" must be whole seconds/],
    ['until the second after', { exp: iat + 1 }, true],
    ['that ended now', { exp: iat }, /no longer valid \("exp"\)/],
    ['that ended', { exp: iat - 1000 }, /no longer valid/],
    ['with an end in words', { exp: 'never' }, /"exp" must be whole seconds/],
    ['with an end of null', { exp: null }, /"exp" must be whole seconds/],
  ])('%s', async (_what, times, expected) => {
    const result = await verify(token(HEADER, { ...claims, ...times }));
    if (expected === true) expect(result).toMatchObject({ ok: true });
    else expect(result).toMatchObject({ ok: false, problem: expect.stringMatching(expected) as string });
  });
});

describe('a forged token is refused', () => {
  const good = token(HEADER, claims);
  const [head = '', body = '', signature = ''] = good.split('.');
  const publicPem = createPublicKey(mia.privateKey).export({ type: 'spki', format: 'pem' });
  const hmac = (key: string | Buffer) => {
    const signed = `${base64({ ...HEADER, alg: 'HS256' })}.${base64(claims)}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  };
  const withHeader = (more: object) => token({ ...HEADER, ...more }, claims);
  const text = JSON.stringify(claims);

  it.each<[string, string, RegExp]>([
    ['nothing', '', /no compact JWS/],
    ['two parts', `${head}.${body}`, /no compact JWS/],
    ['no signature', `${head}.${body}.`, /no compact JWS/],
    ['four parts', `${good}.x`, /no compact JWS/],
    ['five parts, as an encrypted one has', `${good}.x.y`, /no compact JWS/],
    ['padding', `${good}==`, /no compact JWS/],
    ['line breaks', `${head}.\n${body}.${signature}`, /no compact JWS/],
    ['a megabyte', `${head}.${'a'.repeat(1_000_000)}.${signature}`, /longer than 8192/],
    ['the key of another', token(HEADER, claims, eve), /not one by the key of "mia"/],
    [
      'a payload changed afterwards',
      `${head}.${base64({ ...claims, decision: 'reject' })}.${signature}`,
      /not one by the key/,
    ],
    ['a signature of zeros', `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`, /not one by the key/],
    ['a signature cut short', `${head}.${body}.${signature.slice(0, 20)}`, /not one by the key/],
    [
      'somebody unknown',
      token({ ...HEADER, kid: 'eve' }, { ...claims, by: 'eve' }, eve),
      /"eve", whose key this worker does not know/,
    ],
    ['a name that every object has', withHeader({ kid: '__proto__' }), /whose key this worker does not know/],
    ['a name that is a list', withHeader({ kid: ['mia'] }), /kid must be the name/],
    ['no name', token({ alg: 'EdDSA', typ: DECISION_TOKEN_TYPE }, claims), /kid must be the name/],
    ['no algorithm', withHeader({ alg: 'none' }), /alg must be one of EdDSA, ES256/],
    ['no algorithm in capitals', withHeader({ alg: 'NONE' }), /alg must be one of/],
    ['no algorithm and no signature', `${base64({ ...HEADER, alg: 'none' })}.${body}.`, /no compact JWS/],
    ['the public key as a shared secret', hmac(publicPem), /alg must be one of EdDSA, ES256/],
    ['the algorithm of another key', withHeader({ alg: 'ES256' }), /alg is "ES256", and the key of "mia" is for EdDSA/],
    ['RSA', withHeader({ alg: 'RS256' }), /alg must be one of/],
    ['another type', withHeader({ typ: 'JWT' }), /typ is not "holdfast-decision\+jws"/],
    ['no type', token({ alg: 'EdDSA', kid: 'mia' }, claims), /typ is not/],
    ['its own key', withHeader({ jwk: eve.entry.key.export({ format: 'jwk' }) }), /header holds "jwk"/],
    ['the address of its key', withHeader({ jku: 'https://evil.example/keys' }), /header holds "jku"/],
    ['a certificate', withHeader({ x5c: ['x'] }), /header holds "x5c"/],
    ['an extension that must be understood', withHeader({ crit: ['b64'], b64: false }), /header holds "crit"/],
    ['a payload that is not encoded', withHeader({ b64: false }), /header holds "b64"/],
    [
      'a header with a key twice',
      token('{"alg":"none","alg":"EdDSA","kid":"mia","typ":"holdfast-decision+jws"}', claims),
      /header cannot be read: the key "alg" is there twice/,
    ],
    ['a header that is a list', token('[]', claims), /header cannot be read: it is no JSON object/],
    ['a header that is no JSON', token('alg', claims), /header cannot be read/],
    [
      'a payload with a key twice',
      token(HEADER, text.replace('"decision":"approve"', '"decision":"reject","decision":"approve"')),
      /the key "decision" is there twice/,
    ],
    ['a payload with a poisoned key', token(HEADER, text.replace('{', '{"__proto__":{},')), /claims cannot be read/],
    ['a payload that is text', token(HEADER, 'approve'), /claims cannot be read/],
    [
      'a payload that is no UTF-8',
      (() => {
        const signed = `${head}.${Buffer.from([0xff, 0xfe]).toString('base64url')}`;
        return `${signed}.${signBytes(null, Buffer.from(signed), mia.privateKey).toString('base64url')}`;
      })(),
      /claims cannot be read: it is no UTF-8/,
    ],
    ['a byte order mark', token(HEADER, `\ufeff${text}`), /claims cannot be read/],
    ['a later version', token(HEADER, { ...claims, v: 2 }), /claim "v" is not that of this decision/],
    ['a claim that nobody looks at', token(HEADER, { ...claims, aud: 'staging' }), /claim "aud" is not one/],
    ['a claim left out', token(HEADER, { ...claims, act: undefined }), /does not cover "act"/],
    ['a claim of another kind', token(HEADER, { ...claims, call: [claims.call] }), /claim "call" is not that/],
    ['nothing claimed', token(HEADER, {}), /does not cover "v"/],
  ])('%s', async (_what, forged, words) => {
    expect(await verify(forged)).toMatchObject({ ok: false, problem: expect.stringMatching(words) as string });
  });

  it('somebody else named as the one who decides', async () => {
    const result = await verify(good, { ...input, by: 'noor' });
    expect(result).toMatchObject({
      ok: false,
      problem: 'the decision says it is by "noor", and it is signed by "mia"',
    });
  });

  it('and every refusal is short, inert and without the token', async () => {
    const nasty = `\u001b[2J\u202e${'x'.repeat(3000)}`;
    const results = await Promise.all([
      verify(withHeader({ kid: nasty })),
      verify(withHeader({ [nasty]: 1 })),
      verify(token(HEADER, { ...claims, [nasty]: 1 })),
    ]);
    for (const result of results) {
      const problem = result.ok ? '' : result.problem;
      expect(problem).not.toMatch(/[\u001b\u202e]/);
      expect(problem.length).toBeGreaterThan(0);
      expect(problem.length).toBeLessThan(300);
      expect(problem).not.toContain(signature);
    }
  });

  it('whatever is written in the place of a part of it, and never with an error', async () => {
    const part = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.base64String({ maxLength: 80 }),
      fc.json({ maxDepth: 3 }).map(base64),
      fc.record({ at: fc.nat(), char: fc.constantFrom('A', 'z', '_', '-', '=', '.') }),
    );
    const change = (own: string, given: string | { at: number; char: string }) =>
      typeof given === 'string'
        ? given
        : `${own.slice(0, given.at % own.length)}${given.char}${own.slice((given.at % own.length) + 1)}`;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1), part, async (which, given) => {
        const parts = [head, body, signature];
        const changed = change(parts[which] ?? '', given);
        fc.pre(changed !== parts[which]);
        parts[which] = changed;
        expect(await verify(parts.join('.'))).toMatchObject({ ok: false });
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});
