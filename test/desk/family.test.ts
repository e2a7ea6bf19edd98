/** Sessions with children at the desk: who has the session, what waits in a child and how that is decided on, and what changed in the state. */
import { ClientSource } from '../../cli/desk/client-source';
import { SigningKeys } from '../../cli/desk/signing-keys';
import type { DecideOptions, PendingItem, SessionClient } from '../../client';
import { Clinic, START } from './clinic';
import { formsOf, Front } from './front';

const CALL = 'h1/h2:t1.s2.c1-00aabbcc';
const usage = {
  modelCalls: 1,
  toolCalls: 0,
  inputTokens: 1,
  outputTokens: 1,
  microUsd: 1,
  unpricedCalls: 0,
  cutOffMicroUsd: 0,
};

function clinicWithFamily(): Clinic {
  const clinic = new Clinic();
  const child = { role: 'transfer', callId: 'c', phase: 'open', since: START, usage } as const;
  const children = [{ ...child, child: 'h1', agent: 'billing<b>' }];
  clinic.open('s1', { active: { agent: 'billing<b>', child: 'h1' }, children }, [
    { kind: 'user', turn: 1, messageId: 'm1', text: 'my money back' },
    {
      kind: 'state',
      turn: 1,
      step: 1,
      at: START,
      cause: { kind: 'handoff', agent: 'billing<b>', child: 'h1' },
      change: { established: [{ id: 'h1.f1', text: 'paid twice <i>', since: START }] },
    },
    { kind: 'assistant', turn: 1, step: 2, agent: 'billing<b>', text: 'You get it back.' },
  ]);
  return clinic;
}

it('shows agents by their names, who has the session, and what changed in its state', async () => {
  const page = await new Front(clinicWithFamily()).page('/sessions/s1');
  expect(page).toContain('receptionist, now with <strong>billing&lt;b&gt;</strong>');
  expect(page).toContain('<span class="speaker">billing&lt;b&gt;</span>');
  expect(page).toContain('State <span class="quiet">from billing&lt;b&gt; (h1)</span>');
  expect(page).toContain('established h1.f1 paid twice &lt;i&gt;');
});

it('lists what waits in a child with its session, and decides on it there', async () => {
  const clinic = clinicWithFamily();
  const hash = clinic.ask('s1', CALL, { amount: 5 });
  const [item] = (await clinic.look('s1'))?.pending ?? [];
  clinic.wait('s1', { ...(item as PendingItem), child: 'h1/h2' });
  const front = new Front(clinic);
  const list = await front.page('/');
  expect(list).toContain(`href="/sessions/s1#item-${encodeURIComponent(CALL)}"`);
  expect(list).toContain('receptionist (h1/h2)');
  const page = await front.page('/sessions/s1');
  expect(page).toContain('<span class="quiet">in h1/h2</span>');
  const done = await front.fillIn('/sessions/s1', '/sessions/s1/approve');
  expect(done.headers.get('Location')).toBe('/sessions/s1?done=approved');
  expect(clinic.done[0]?.act).toMatchObject({ kind: 'decide', callId: CALL, argsHash: hash });
});

it('extends the bound of the child that met it, and not that of the session', async () => {
  const clinic = clinicWithFamily();
  const limit = { bound: 'turn.steps', limit: 10, used: 10 } as const;
  const met: PendingItem = {
    kind: 'limit',
    id: 'turn.steps',
    summary: 'x',
    since: START,
    unblockedBy: 'intervene',
    limit,
  };
  clinic.wait('s1', met);
  clinic.wait('s1', { ...met, id: 'h1:turn.steps', child: 'h1' });
  const front = new Front(clinic);
  const page = await front.page('/sessions/s1');
  expect(page).toContain('<span class="quiet">billing&lt;b&gt;, in h1</span>');
  const forms = formsOf(page).filter(({ action }) => action === '/sessions/s1/extend');
  for (const { hidden } of forms.filter(({ hidden: { of } }) => of === 'h1:turn.steps').slice(0, 1)) {
    await front.post('/sessions/s1/extend', { ...hidden, amount: '7' });
  }
  expect(clinic.done.map(({ act }) => act)).toMatchObject([
    { kind: 'extend', bound: 'turn.steps', amount: 7, child: 'h1' },
  ]);
  expect((await clinic.look('s1'))?.pending.map(({ id }) => id)).toEqual(['turn.steps']);
  await front.fillIn('/sessions/s1', '/sessions/s1/extend', { amount: '8' });
  expect(clinic.done[1]?.act).not.toHaveProperty('child');
});

it('signs a decision on a call of a child with the key of whoever decides', async () => {
  const asked: string[] = [];
  const decided: [string, DecideOptions][] = [];
  const signer = async () => 'the.signature.itself';
  const keys = Object.assign(new SigningKeys(), { signerOf: () => signer });
  const client = {
    session: () => ({
      pendingCall: async (id: string) => {
        asked.push(id);
        return await Promise.resolve({ approval: { terms: { signed: true } } });
      },
      decide: async (id: string, options: DecideOptions) => {
        decided.push([id, options]);
        return await Promise.resolve({ kind: 'done', call: 'approved' });
      },
    }),
  };
  const desk = new ClientSource(client as unknown as SessionClient, keys);
  const act = { kind: 'decide', actId: 'a1', callId: CALL, decision: 'approve', argsHash: 'a'.repeat(64) } as const;
  expect(await desk.act('s1', act, { name: 'eva' })).toMatchObject({ call: 'approved' });
  expect(asked).toEqual([CALL]);
  expect(decided).toEqual([[CALL, expect.objectContaining({ by: 'eva', signer })]]);
});
