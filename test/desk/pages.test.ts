/** What the desk's pages show, and what their forms do. */
import { Clinic, hashOf, START } from './clinic';
import { Front } from './front';

const ARGS = { patient: 'p-7', amount: 120.5, currency: 'EUR', notes: { slot: 'Tue 09:00', urgent: false } };

function clinicWithOne(): Clinic {
  const clinic = new Clinic();
  clinic.open('s1', { user: 'u-1' }, [
    { kind: 'user', turn: 1, messageId: 'm1', text: 'I would like to pay.' },
    {
      kind: 'assistant',
      turn: 1,
      step: 2,
      agent: 'receptionist',
      text: 'I take the deposit.',
      calls: [{ id: 'c1', tool: 'take_deposit', arguments: '{}' }],
    },
  ]);
  clinic.ask('s1', 'c1', ARGS, { until: START + 30 * 60_000, terms: { amount: { value: 120.5, unit: 'EUR' } } });
  return clinic;
}

describe('the list', () => {
  it('shows what waits with its age, its deadline and for whom', async () => {
    const page = await new Front(clinicWithOne()).page('/');
    expect(page).toContain('href="/sessions/s1#item-c1"');
    expect(page).toContain('take deposit');
    expect(page).toContain('120.5 EUR');
    expect(page).toContain('>12 min ago</time>');
    expect(page).toContain('>in 30 min</time>');
  });

  it('is filtered by role and agent', async () => {
    const clinic = clinicWithOne();
    clinic.ask('s1', 'c2', ARGS, { tool: 'refund', terms: { signed: true, stages: [{ roles: ['manager'] }] } });
    const front = new Front(clinic);
    expect(await front.page('/?role=manager')).toContain('1 of 2 items');
    expect(await front.page('/?role=manager')).not.toContain('#item-c1');
    expect(await front.page('/?agent=nobody')).toContain('Nothing of this kind waits');
  });

  it('says what it does not show: sessions that cannot be read now, and more than it has room for', async () => {
    const clinic = clinicWithOne();
    for (const id of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7']) clinic.away.add(id);
    clinic.more = true;
    const page = await new Front(clinic).page('/');
    expect(page).toContain('<title>1+ waiting');
    expect(page).toContain('More waits than can be shown: these are the oldest 1.');
    expect(page).toMatch(/cannot be read now.*href="\/sessions\/a1">a1<\/a>.*a5<\/a> and 2 more sessions\./);
    const none = new Clinic();
    none.away.add('a1');
    expect(await new Front(none).page('/')).not.toContain('Nothing waits');
  });

  it('says so where nothing waits, and lists the sessions that are open', async () => {
    const clinic = new Clinic();
    clinic.open('quiet-one');
    const page = await new Front(clinic).page('/');
    expect(page).toContain('Nothing waits for anybody');
    expect(page).toContain('href="/sessions/quiet-one"');
  });
});

describe('a decision', () => {
  it('approves what was seen, in the name of whoever is there, and once only', async () => {
    const clinic = clinicWithOne();
    const front = new Front(clinic);
    const fields = await front.fieldsOf('/sessions/s1', '/sessions/s1/approve');
    const answer = await front.post('/sessions/s1/approve', { ...fields, by: 'mallory' });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/sessions/s1?done=approved']);
    const again = await front.post('/sessions/s1/approve', { ...fields, by: 'mallory' });
    expect(again.headers.get('Location')).toBe('/sessions/s1?done=already');
    expect(clinic.done).toEqual([
      {
        sessionId: 's1',
        by: 'ada',
        act: { kind: 'decide', actId: fields.act, callId: 'c1', decision: 'approve', argsHash: hashOf(ARGS) },
      },
    ]);
    expect(await front.page('/sessions/s1?done=approved')).toContain('Approved.');
  });

  it('rejects with a reason only', async () => {
    const clinic = clinicWithOne();
    const front = new Front(clinic);
    const refused = await front.fillIn('/sessions/s1', '/sessions/s1/reject', { reason: '  ' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('Say why: the agent is told.');
    const done = await front.fillIn('/sessions/s1', '/sessions/s1/reject', { reason: 'not\r\nnow' });
    expect(done.headers.get('Location')).toBe('/sessions/s1?done=rejected');
    expect(clinic.done[0]?.act).toMatchObject({ decision: 'reject', reason: 'not\nnow' });
  });

  it('edits by a field for each argument, of its own kind', async () => {
    const clinic = clinicWithOne();
    const typed = {
      'arg.text.patient': 'p-8',
      'arg.number.amount': '99.5',
      'arg.text.currency': 'EUR',
      'arg.json.notes': '{"slot": "Wed 10:00", "urgent": true}',
    };
    const answer = await new Front(clinic).fillIn('/sessions/s1', '/sessions/s1/edit', typed);
    expect(answer.headers.get('Location')).toBe('/sessions/s1?done=edited');
    expect(clinic.done[0]?.act).toMatchObject({
      decision: 'edit',
      args: { patient: 'p-8', amount: 99.5, currency: 'EUR', notes: { slot: 'Wed 10:00', urgent: true } },
    });
  });

  it('keeps what was typed where it is not taken, and says what was wrong', async () => {
    const front = new Front(clinicWithOne());
    const typed = { 'arg.text.patient': 'p-8', 'arg.number.amount': '12,50' };
    const answer = await front.fillIn('/sessions/s1', '/sessions/s1/edit', typed);
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(page).toContain('amount must be a number such as 12.5, not “12,50”');
    expect(page).toContain('value="p-8"');
    const refused = await front.fillIn('/sessions/s1', '/sessions/s1/edit-json', { args: '{"amount": "much"}' });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('amount must be a number');
  });

  it('never approves by a page that shows other arguments: it shows those that wait now', async () => {
    const clinic = clinicWithOne();
    const front = new Front(clinic);
    const fields = await front.fieldsOf('/sessions/s1', '/sessions/s1/approve');
    clinic.change('s1', 'c1', { ...ARGS, amount: 9_000 });
    const answer = await front.post('/sessions/s1/approve', fields);
    const page = await answer.text();
    expect(answer.status).toBe(409);
    expect(page).toContain('This changed meanwhile, so nothing was decided.');
    expect(page).toContain('9000');
    expect(page).toContain(`name="hash" value="${hashOf({ ...ARGS, amount: 9_000 })}"`);
    expect(clinic.done).toEqual([]);
  });

  it('tells who was faster', async () => {
    const clinic = clinicWithOne();
    const [front, other] = [new Front(clinic), new Front(clinic, { kind: 'os_user', name: 'ben' })];
    const fields = await front.fieldsOf('/sessions/s1', '/sessions/s1/approve');
    await other.fillIn('/sessions/s1', '/sessions/s1/reject', { reason: 'no' });
    const answer = await front.post('/sessions/s1/approve', fields);
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('Nothing was changed: c1 was already rejected by ben');
  });

  it('can stand for later calls, up to an amount', async () => {
    const clinic = clinicWithOne();
    await new Front(clinic).fillIn('/sessions/s1', '/sessions/s1/approve', { standing: '120.5' });
    expect(clinic.done[0]?.act).toMatchObject({ standing: { upTo: 120.5 } });
  });

  it('says that others must approve too', async () => {
    const clinic = clinicWithOne();
    clinic.ask('s1', 'c1', ARGS, { terms: { approvals: 2 } });
    const front = new Front(clinic);
    const answer = await front.fillIn('/sessions/s1', '/sessions/s1/approve');
    expect(answer.headers.get('Location')).toBe('/sessions/s1?done=waiting');
    const page = await front.page('/sessions/s1');
    expect(page).toContain('You approved this. It waits for others.');
    expect(page).not.toContain('action="/sessions/s1/approve"');
  });

  it.each([['the session’s own user', { kind: 'os_user', name: ' U-1' }, 'You are the user of this session']] as const)(
    'is not offered to %s',
    async (_who, auth, sentence) => {
      const page = await new Front(clinicWithOne(), auth).page('/sessions/s1');
      expect(page).toContain(sentence);
      expect(page).not.toContain('action="/sessions/s1/approve"');
    },
  );

  it('is offered with a signature only to whom the desk has a key of', async () => {
    const clinic = clinicWithOne();
    clinic.ask('s1', 'c1', ARGS, { terms: { signed: true } });
    const front = new Front(clinic);
    expect(await front.page('/sessions/s1')).toContain('this desk has no key of yours');
    clinic.keys.add('ada');
    expect(await front.page('/sessions/s1')).toContain('action="/sessions/s1/approve"');
  });

  it('is not offered where not all of the arguments can be shown', async () => {
    const clinic = clinicWithOne();
    clinic.ask('s1', 'c1', { $cut: '{"patient": "p-7", "no' });
    const page = await new Front(clinic).page('/sessions/s1');
    expect(page).toContain('Only the beginning of the arguments can be shown');
    expect(page).not.toContain('action="/sessions/s1/approve"');
  });
});

describe('other acts', () => {
  it.each([
    ['speak', { text: 'Good morning' }, { kind: 'speak', text: 'Good morning' }],
    ['note', { text: 'be brief' }, { kind: 'note', text: 'be brief' }],
    ['take-over', {}, { kind: 'take_over' }],
    ['pause', {}, { kind: 'pause' }],
    ['stop', {}, { kind: 'stop' }],
  ])('%s', async (name, typed, act) => {
    const clinic = clinicWithOne();
    const answer = await new Front(clinic).fillIn('/sessions/s1', `/sessions/s1/${name}`, typed);
    expect(answer.status).toBe(303);
    expect(clinic.done).toEqual([{ sessionId: 's1', by: 'ada', act: { actId: expect.any(String), ...act } }]);
  });

  it('offers to hand back and to resume where somebody holds the session', async () => {
    const clinic = clinicWithOne();
    const front = new Front(clinic);
    clinic.set('s1', { person: { by: 'ben', since: START }, paused: { by: 'eve', since: START, reason: 'lunch' } });
    const page = await front.page('/sessions/s1');
    expect(page).toContain('<strong>ben</strong> has taken over');
    expect(page).toContain('Paused by <strong>eve</strong>');
    await front.fillIn('/sessions/s1', '/sessions/s1/hand-back');
    await front.fillIn('/sessions/s1', '/sessions/s1/resume');
    expect(clinic.done.map(({ act }) => act.kind)).toEqual(['hand_back', 'resume']);
  });

  it('takes back a decision that stands', async () => {
    const clinic = clinicWithOne();
    const stands = { by: 'ben', actId: 'a-1', at: START, tool: 'take_deposit', toolHash: 'f', upTo: 50, unit: 'EUR' };
    clinic.set('s1', { standing: [stands] });
    const front = new Front(clinic);
    expect(await front.page('/sessions/s1')).toContain('take deposit up to');
    await front.fillIn('/sessions/s1', '/sessions/s1/revoke');
    expect(clinic.done[0]?.act).toMatchObject({ kind: 'revoke', standing: 'a-1' });
  });

  it('says what became of a call that nobody knows the end of', async () => {
    const clinic = clinicWithOne();
    const row = {
      ledger: 'default',
      callKey: 'k',
      idempotencyKey: 'idem-1',
      effect: 'at-most-once',
      attempts: 2,
      bodyFailures: 1,
      startedAt: START,
    } as const;
    const call = { callId: 'c9', tool: 'send_text', turn: 1, step: 1, args: { to: '+41' }, message: 'no answer', row };
    clinic.wait('s1', { kind: 'unresolved', id: 'c9', summary: 'x', since: START, unblockedBy: 'resolve', call });
    const front = new Front(clinic);
    expect(await front.page('/sessions/s1')).toContain('Did “send text” happen?');
    const refused = await front.fillIn('/sessions/s1', '/sessions/s1/applied', { result: '{id: 7}' });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('must be JSON')]);
    await front.fillIn('/sessions/s1', '/sessions/s1/applied', { result: '{"id": 7}' });
    expect(clinic.done[0]?.act).toMatchObject({ kind: 'resolve', callId: 'c9', as: 'applied', result: { id: 7 } });
  });

  it('goes on beyond a limit with what is suggested, or another amount', async () => {
    const clinic = clinicWithOne();
    const limit = { bound: 'turn.microUsd', limit: 100_000, used: 100_000 } as const;
    const item = {
      kind: 'limit',
      id: limit.bound,
      summary: 'x',
      since: START,
      unblockedBy: 'intervene',
      limit,
    } as const;
    const front = new Front(clinic);
    clinic.wait('s1', item);
    expect(await front.page('/sessions/s1')).toContain('Go on with $0.1000 more');
    const refused = await front.fillIn('/sessions/s1', '/sessions/s1/extend', { amount: 'a lot' });
    expect(refused.status).toBe(400);
    await front.fillIn('/sessions/s1', '/sessions/s1/extend', { amount: '$0.50' });
    expect(clinic.done[0]?.act).toMatchObject({ kind: 'extend', bound: 'turn.microUsd', amount: 500_000 });
  });

  it('refuses an act that there is not', async () => {
    const front = new Front(clinicWithOne());
    const fields = await front.fieldsOf('/sessions/s1', '/sessions/s1/approve');
    expect((await front.post('/sessions/s1/end-the-world', fields)).status).toBe(404);
  });
});

describe('what is not there', () => {
  it.each(['/sessions/s2', '/sessions/%00', '/nothing', '/open?session=a%20b'])('%s is not found', async (path) => {
    expect((await new Front(clinicWithOne()).get(path)).status).toBe(404);
  });

  it('does not show what is wrong inside', async () => {
    const clinic = clinicWithOne();
    clinic.broken = new Error('password=hunter2');
    const answer = await new Front(clinic).get('/');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('hunter2');
  });
});
