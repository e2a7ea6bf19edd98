import { apply } from '../../../workflows/session/session-state';
import { utf8Length } from '../../../workflows/contracts/json';
import { A, B, DOUBT, ROW, charge, decision, applied, inDoubt, finish, outcomes } from './in-doubt';
import { plannedCall, startScripted, SUCCEEDED, POLICY } from './scripted-session';
const flush = () => new Promise((r) => setTimeout(r, 5));

it('T1 stop accepted, model answers anyway, compensate', async () => {
  const pay = { ...charge(A), policy: { ...POLICY, compensates: true } };
  const undone: string[] = [];
  const s = startScripted([{ kind: 'calls', calls: [pay] }, { kind: 'answer', text: 'booked!' }, { kind: 'answer', text: 'x' }], {
    undo: (i) => { undone.push(i.callId); return SUCCEEDED; },
    beforeModel: (n, me) => { if (n === 2) expect(me.interventions.intervene({ actId: 'st', act: 'stop', onStop: 'compensate' })).toMatchObject({ kind: 'done' }); },
  });
  const a = await s.send('m1');
  console.log('T1', JSON.stringify(a), undone);
  await finish(s);
});
it('T2 same act id, second doubt', async () => {
  const s = inDoubt([A]);
  void s.send('m1');
  await flush();
  console.log('T2', await s.unresolved.resolve(decision(A, { actId: 'x', as: 'absent' })));
  await flush();
  console.log('T2 again', [...s.state.unresolved.keys()], s.unresolved.refusal(decision(A, { actId: 'x', as: 'give_up' })), await s.unresolved.resolve(decision(A, { actId: 'x', as: 'give_up' })), s.state.status);
  await finish(s);
});
it('T3 sizes', async () => {
  const ids = Array.from({ length: 100 }, (_, i) => `t1.s1.c${i}-a`);
  const big = '中"'.repeat(16_000);
  const s = startScripted([{ kind: 'calls', calls: ids.map((id) => ({ ...charge(id), args: { big } })) }, { kind: 'answer', text: 'x' }], { tool: () => DOUBT, policy: { parallelCalls: 100 } });
  const p = s.send('m1');
  await flush();
  const again = s.send('m1');
  console.log('T3', utf8Length(JSON.stringify(await again)), utf8Length(JSON.stringify(await p)), 'details', s.page().length);
  await finish(s);
});
it('T5 stop with resolve in flight that fails', async () => {
  let tell: any;
  const s = inDoubt([A], { resolve: () => new Promise((r) => (tell = r)) });
  void s.send('m1');
  await flush();
  const r = s.unresolved.resolve(decision(A, { as: 'applied', result: 'x' }));
  console.log(s.interventions.intervene({ actId: 'st', act: 'stop' }));
  await flush();
  tell({ kind: 'failed', message: 'ledger away' });
  console.log('T5', await r, outcomes(s), s.state.status);
  await finish(s);
});
void [B, ROW, applied, plannedCall, apply];
