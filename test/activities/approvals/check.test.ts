/** The check of a decision: who may make it, and what edited arguments come to. */
import { z } from 'zod';
import { sha256OfJson } from '../../../activities/approvals/tool-hash';
import { defineTool } from '../../../agents';
import type { ApprovalCheckInput } from '../../../workflows/contracts/approval';
import { check, claimsOf, inputOf, keysOf, PAYMENT, payTool, person, signedBy, termsOf } from './deciding';

const tool = payTool();
const mia = person('mia', ['clerk']);
const noor = person('noor', ['manager'], 'ES256');
const approvers = keysOf(mia, noor);
const refusal = (type: string, problem: RegExp) => ({
  kind: 'refused',
  type,
  problem: expect.stringMatching(problem) as string,
});

describe('who decides', () => {
  const signedTool = payTool({ when: 'always', signed: true });
  const forClerks = payTool({
    when: 'always',
    roles: ['clerk', 'owner'],
    deadline: '1h',
    escalate: [{ roles: ['manager'] }],
  });

  it('is as claimed where no signature is needed', async () => {
    expect(await check([tool], inputOf(tool, { by: 'whoever' }))).toEqual({ kind: 'accepted', by: 'whoever' });
  });

  it('is as the key says, with its roles, where there is a signature', async () => {
    for (const each of [tool, signedTool]) {
      const input = await signedBy(mia, inputOf(each));
      const accepted = { kind: 'accepted', by: 'mia', roles: ['clerk'], verified: true };
      expect(await check([each], input, { approvers })).toEqual(accepted);
    }
  });

  it.each<[string, Partial<ApprovalCheckInput>]>([
    ['approval', {}],
    ['rejection', { decision: 'reject' }],
    ['edit', { decision: 'edit', args: PAYMENT as never }],
  ])('must sign an %s where signatures are needed', async (_what, over) => {
    const result = await check([signedTool], inputOf(signedTool, over), { approvers });
    expect(result).toEqual(refusal('NotAuthorized', /takes signed decisions only/));
  });

  it('is nobody whose signature is not right, even where none is needed', async () => {
    const forged = { ...(await signedBy(mia, inputOf(tool))), callId: 't9.s9.c9-00000000' };
    expect(await check([tool], forged, { approvers })).toEqual(refusal('NotAuthorized', /claim "call"/));
  });

  it('has one of the roles of the stage that is asked', async () => {
    const byClerk = await signedBy(mia, inputOf(forClerks));
    const byManager = await signedBy(noor, inputOf(forClerks));
    expect(await check([forClerks], byClerk, { approvers })).toMatchObject({ kind: 'accepted', by: 'mia' });
    expect(await check([forClerks], byManager, { approvers })).toEqual(
      refusal('NotAuthorized', /one of the roles clerk, owner; noor has manager/),
    );
    expect(await check([forClerks], { ...byManager, stage: 1 }, { approvers })).toMatchObject({ kind: 'accepted' });
    expect(await check([forClerks], { ...byClerk, stage: 1 }, { approvers })).toEqual(
      refusal('NotAuthorized', /by the role manager; mia has clerk/),
    );
  });

  it('has no role that is only claimed, whatever the terms say of signatures', async () => {
    const { signed: _signed, ...terms } = termsOf(forClerks);
    const result = await check([forClerks], inputOf(forClerks, { terms, by: 'clerk' }), { approvers });
    expect(result).toEqual(refusal('NotAuthorized', /a role counts only with a signature/));
  });

  it.each(['mia', ' MIA ', 'Mia'])('is not the user of the session (%j), signed or not', async (user) => {
    const signed = await signedBy(mia, inputOf(tool, { user }));
    for (const input of [inputOf(tool, { user }), signed, inputOf(tool, { user, decision: 'reject' })]) {
      const result = await check([tool], input, { approvers });
      expect(result).toEqual(refusal('NotAuthorized', /mia is the user of this session/));
    }
  });

  it('is not the user either where the name is written with other code points', async () => {
    const result = await check([tool], inputOf(tool, { user: 'Ze\u0301', by: 'z\u00e9' }));
    expect(result).toEqual(refusal('NotAuthorized', /is the user of this session/));
  });

  it('is left to another worker, and then refused, where this one knows no keys', async () => {
    const input = await signedBy(mia, inputOf(signedTool));
    const thrown = { thrown: 'ToolMissing', final: false };
    expect(await check([signedTool], input)).toMatchObject(thrown);
    expect(await check([signedTool], input, { attempt: 2 })).toMatchObject(thrown);
    expect(await check([signedTool], input, { attempt: 3 })).toEqual(
      refusal('NotAuthorized', /knows no keys of approvers \(HOLDFAST_APPROVERS\)/),
    );
  });
});

describe('a tool that is not what it was', () => {
  const changed = payTool('always', { description: 'Pays, and tells everybody.' });

  it('is not approved, only rejected', async () => {
    const input = inputOf(tool);
    expect(await check([changed], input)).toEqual(refusal('Refused', /pay has changed since .* reject it/));
    expect(await check([changed], { ...input, decision: 'edit', args: PAYMENT as never })).toMatchObject({
      type: 'Refused',
    });
    expect(await check([changed], { ...input, decision: 'reject' })).toEqual({ kind: 'accepted', by: 'mia' });
  });

  it('or is gone is waited for, and then refused', async () => {
    expect(await check([], inputOf(tool))).toMatchObject({ thrown: 'ToolMissing', final: false });
    expect(await check([], inputOf(tool), { attempt: 3 })).toEqual(refusal('Refused', /has no tool pay any more/));
    expect(await check([], inputOf(tool, { decision: 'reject' }))).toEqual({ kind: 'accepted', by: 'mia' });
  });
});

describe('edited arguments', () => {
  const edit = (args: unknown, over: Partial<ApprovalCheckInput> = {}, of = tool) =>
    check([of], inputOf(of, { decision: 'edit', args: args as never, ...over }), { approvers });

  it('come back canonical, with their hash and their line', async () => {
    expect(await edit({ to: 'Bob', cents: 4000 })).toEqual({
      kind: 'accepted',
      by: 'mia',
      edited: {
        args: { cents: 4000, to: 'Bob' },
        argsHash: sha256OfJson({ to: 'Bob', cents: 4000 }),
        summary: 'pay(cents=4000, to=Bob)',
      },
    });
  });

  it('are what the person signed', async () => {
    const args = { to: ' Bob', cents: 4000 };
    const input = await signedBy(mia, inputOf(tool, { decision: 'edit', args }));
    const report = await check([tool], input, { approvers });
    expect(report).toMatchObject({ verified: true, edited: { args, argsHash: claimsOf(input).edited } });
  });

  it.each<[string, unknown, RegExp]>([
    ['a number as a text: nothing is coerced', { to: 'Bob', cents: '4000' }, /cents: expected number, received "4000"/],
    ['a field that is missing', { to: 'Bob' }, /cents: is missing/],
    [
      'a field that is misspelt',
      { to: 'Bob', cents: 4000, notes: 'x' },
      /"notes" is not known here; the arguments are: to, cents, note/,
    ],
    ['a number beyond the schema', { to: 'Bob', cents: 0 }, /cents/],
    ['a number that no double holds', { to: 'Bob', cents: 2 ** 53 + 2 }, /cents: the number cannot be held exactly/],
    ['null for what may be left out', { to: 'Bob', cents: 1, note: null }, /note: expected string/],
    ['a poisoned key', JSON.parse('{"to":"Bob","cents":1,"__proto__":{"isAdmin":true}}'), /__proto__/],
    ['a poisoned key deep down', { to: 'Bob', cents: 1, note: { constructor: 1 } }, /constructor/],
    ['a megabyte', { to: 'x'.repeat(1_000_000), cents: 1 }, /at most 262144 are taken/],
  ])('are refused with %s', async (_what, args, words) => {
    const result = await edit(args);
    expect(result).toEqual(refusal('Refused', words));
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
  });

  it('of a tool that only reads may have names that it does not know, as the model may', async () => {
    const look = defineTool({
      name: 'pay',
      description: 'Looks.',
      effect: 'read',
      input: z.object({ id: z.string() }),
      approval: 'always',
      run: () => null,
    });
    expect(await edit({ id: 'p-7', why: 'x' }, {}, look)).toMatchObject({
      kind: 'accepted',
      edited: { args: { id: 'p-7' } },
    });
  });

  it('may have names of their own where the tool takes any', async () => {
    const open = payTool('always', { input: z.looseObject({ to: z.string() }) });
    expect(await edit({ to: 'Bob', vat: 19 }, {}, open)).toMatchObject({
      kind: 'accepted',
      edited: { args: { to: 'Bob', vat: 19 } },
    });
  });

  it('with a name that is not known deep within are refused: it would be left out without a word', async () => {
    const lines = z.object({ lines: z.array(z.object({ to: z.string(), cents: z.int().default(1) })) });
    const deep = payTool('always', { input: lines });
    const given = { lines: [{ to: 'Bob' }, { to: 'Bob', cnets: 7 }] };
    expect(await edit(given, { terms: termsOf(deep) }, deep)).toMatchObject({
      kind: 'refused',
      problem: expect.stringContaining('"lines[1].cnets" is not known here') as string,
    });
    const right = { lines: [{ to: 'Bob', cents: 7 }] };
    expect(await edit(right, { terms: termsOf(deep) }, deep)).toMatchObject({ edited: { args: right } });
  });

  it('that the author cannot check are refused', async () => {
    const input = z.object({ to: z.string() }).refine(() => {
      throw new Error('the list of payees is not there');
    });
    const strict = payTool('always', { input });
    const result = await edit({ to: 'Bob' }, { terms: termsOf(strict) }, strict);
    expect(result).toEqual(refusal('Refused', /the list of payees is not there/));
  });

  it('are judged again by the rule, under the terms that were planned', async () => {
    const judging = payTool({
      when: ({ cents }) => cents > 1000 && `more than ${cents - 1} cents`,
      approvals: 2,
      amount: ({ cents }) => cents / 100,
      unit: 'USD',
    });
    const more = await edit({ to: 'Bob', cents: 9000 }, {}, judging);
    expect(more).toMatchObject({
      edited: {
        terms: { ...termsOf(judging), reason: 'more than 8999 cents', amount: { value: 90, unit: 'USD' } },
      },
    });
    // The rule would not have asked for so little; it was asked, and the amount is now another.
    const less = await edit({ to: 'Bob', cents: 100 }, {}, judging);
    expect(less).toMatchObject({
      edited: { terms: { reason: 'more than 4999 cents', approvals: 2, amount: { value: 1, unit: 'USD' } } },
    });
  });

  it('are asked with the reason where the rule cannot judge them', async () => {
    const broken = payTool({
      when: ({ cents }) => {
        if (cents === 7) throw new Error('no price for 7');
        return true;
      },
      amount: ({ cents }) => (cents === 7 ? NaN : cents),
    });
    const result = await edit({ to: 'Bob', cents: 7 }, {}, broken);
    const terms = result.kind === 'accepted' ? result.edited?.terms : undefined;
    expect(terms?.reason).toMatch(/its rule could not say .*no price for 7.*its amount is NaN/);
    expect(terms).not.toHaveProperty('amount');
  });

  it('do not loosen the terms where the tool has become looser meanwhile', async () => {
    const planned = termsOf(payTool({ when: 'always', approvals: 2, signed: true, roles: ['clerk'] }));
    const looser = payTool('never');
    const input = await signedBy(
      mia,
      inputOf(looser, { terms: planned, decision: 'edit', args: { to: 'Bob', cents: 1 } }),
    );
    const report = await check([looser], input, { approvers });
    expect(report).toMatchObject({ kind: 'accepted', verified: true });
    expect(report).not.toHaveProperty('edited.terms');
    const unsigned = { ...input, signature: undefined };
    expect(await check([looser], unsigned, { approvers })).toEqual(refusal('NotAuthorized', /signed decisions only/));
  });

  it('are refused in one inert line of bounded length', async () => {
    const result = await edit({ to: 'Bob', cents: `\u001b[2J\u202e${'x'.repeat(9000)}` });
    const problem = 'problem' in result ? result.problem : '';
    expect(problem).toContain('cents: expected number');
    expect(problem).not.toMatch(/[\u001b\u202e\n]/);
    expect(problem.length).toBeLessThanOrEqual(1_000);
  });
});

describe('an input of another version', () => {
  const { terms, ...without } = inputOf(tool);
  it.each<[string, unknown, RegExp]>([
    ['that is no object', 'approve', /expects one object/],
    ['that could not be decoded', { $undecodable: 'x' }, /expects one object/],
    ['without terms', without, /field terms/],
    ['with a decision that is not known', { ...inputOf(tool), decision: 'defer' }, /field decision/],
    ['with a stage that its terms do not have', { ...inputOf(tool), stage: 1 }, /no stage 1/],
    ['with arguments of no edit', { ...inputOf(tool), args: PAYMENT }, /args belong to the decision "edit"/],
    ['with an edit of nothing', { ...inputOf(tool), decision: 'edit' }, /args belong to the decision "edit"/],
    ['with a hash that is none', { ...inputOf(tool), argsHash: 'abc' }, /field argsHash/],
    ['with terms of no tool', { ...inputOf(tool), terms: { ...terms, toolHash: '' } }, /field terms\.toolHash/],
  ])('%s is refused for good', async (_what, input, words) => {
    const result = await check([tool], input);
    expect(result).toMatchObject({
      thrown: 'BadActivityInput',
      final: true,
      message: expect.stringMatching(words) as string,
    });
  });

  it('with fields that are not known yet is read', async () => {
    expect(await check([tool], { ...inputOf(tool), later: 1 })).toMatchObject({ kind: 'accepted' });
  });
});
