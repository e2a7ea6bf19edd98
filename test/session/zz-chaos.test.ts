import { z } from 'zod';
import { openLedger } from '../../activities/ledger';
import { defineAgent, defineTool } from '../../agents';
import { callsTools, says, startScriptedOpenAI } from '../../testing';
import { replayAll } from '../replay/replay';
import { failedTasks, fetchHistory } from './history';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';
let model: any; let stage: Stage;
const applied = new Map<string, number>();
let seed = Number(process.env.CHAOS_SEED ?? 7);
const rnd = () => { seed = (seed * 1664525 + 1013904223) % 4294967296; return seed / 4294967296; };
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const bump = (k: string) => applied.set(k, (applied.get(k) ?? 0) + 1);
const tool = (name: string, effect: any, more: any = {}) => defineTool({ name, description: name, effect, input: z.object({ name: z.string() }), ...more,
  run: async ({ name: who }: any) => { await sleep(rnd() * 40); if (rnd() < 0.5) throw new Error('broke'); bump(`${name} ${who}`); return { ok: true }; },
  compensate: { effect: 'at-most-once', run: async ({ name: who }: any) => { await sleep(rnd() * 30); if (rnd() < 0.3) throw new Error('broke'); bump(`undo ${name} ${who}`); return {}; } } } as any);
const agent = defineAgent({ name: 'chaos', instructions: 'x', model: 'gpt-5-mini', tools: [tool('pay', 'at-most-once'), tool('sell', 'at-most-once', { key: (a: any) => a.name, sameAs: (a: any) => a.name })] });
beforeAll(async () => {
  model = await startScriptedOpenAI({ script: { name: 'chaos', turns: [], fallback: ({ user, position }: any) => position < 2
    ? callsTools({ tool: 'pay', arguments: { name: `${user}-${position}` } }, { tool: 'sell', arguments: { name: `${user}` } }, { tool: 'sell', arguments: { name: `${user}` } }) : says('ok') } });
  stage = await startStage({ agents: [agent], modelUrl: model.url });
});
afterAll(async () => { await stage?.stop(); await model?.stop(); });
it('chaos', async () => {
  const counts: Record<string, number> = {};
  const one = async (n: number) => {
    const id = uniqueName('chaos'); const session = stage.client.session(id);
    const log = (p: Promise<any>, what: string) => p.then((r) => { counts[`${what}:${r?.kind ?? 'ok'}`] = (counts[`${what}:${r?.kind ?? 'ok'}`] ?? 0) + 1; return r; }, (e) => { const k = `${what}:${e.name}`; counts[k] = (counts[k] ?? 0) + 1; if (!['Refused', 'SessionClosed', 'SessionClosing'].includes(e.name)) console.log(id, what, e.name, e.message); });
    const sends = [log(stage.client.send({ sessionId: id, agent: 'chaos', text: `${id}.m1`, messageId: 'm1' }, { timeoutMs: PATIENCE_MS }), 'send')];
    await sleep(80);
    for (let i = 0; i < 25; i++) {
      const r = rnd();
      const st: any = await session.status().catch(() => null);
      const calls = (st?.recent ?? []).filter((x: any) => x.kind === 'tool');
      const pend = await session.pending().catch(() => []);
      const some = (a: readonly any[]) => a[Math.floor(rnd() * a.length)];
      const acts: Promise<any>[] = [];
      for (const p of pend) if (rnd() < 0.6) { const as = some(['absent', 'absent', 'give_up']); acts.push(log(session.resolve(p.id, as === 'applied' ? { as, result: { ok: true } } : { as }), `resolve-${as}`)); }
      if (r < 0.25 && calls.length) acts.push(log(session.undo(some(calls).id), 'undo'));
      if (r > 0.85) acts.push(log(session.stop({ onStop: some(['keep', 'compensate']) }), 'stop'));
      if (r > 0.3 && r < 0.4) sends.push(log(session.send({ text: `${id}.x${i}`, messageId: `x${i}` }, { timeoutMs: PATIENCE_MS }), 'send'));
      if (i > 12 && r > 0.4 && r < 0.45) { acts.push(log(rnd() < 0.5 ? session.end({ onStop: some(['keep', 'compensate']) }) : session.cancel(), 'over')); }
      if (rnd() < 0.7) await Promise.all(acts);
    }
    await log(session.end(), 'end');
    await within(PATIENCE_MS, 'sends', Promise.all(sends));
    await eventually('end', () => session.ended());
    const history = await fetchHistory(stage.temporal, id);
    const items = await session.wholeTranscript();
    const asked = items.flatMap((i: any) => (i.kind === 'assistant' ? (i.calls ?? []).map((c: any) => c.id) : []));
    const outs = items.flatMap((i: any) => (i.kind === 'outcome' ? [i.callId] : []));
    expect([...outs].sort()).toEqual([...asked].sort());
    expect(failedTasks(history)).toEqual([]);
    expect(await replayAll([{ workflowId: id, history }])).toEqual({});
    const ledger = await openLedger({ name: 'default', url: stage.ledgerFile });
    const ns = (await session.status()).keyNamespace;
    for (const it of items as any[]) if (it.kind === 'outcome') {
      const row = await ledger.readCall(`${ns}/${it.callId}`); const u = await ledger.readCall(`${ns}/${it.callId}.undo`);
      if (row?.state === 'started' || u?.state === 'started') console.log('OPEN', id, it.callId, it.outcome.kind, row?.state, u?.state, JSON.stringify(row?.resolution), JSON.stringify(u?.resolution));
      if (row && row.outcome && row.outcome.kind !== it.outcome.kind) console.log('DIFF', id, it.callId, it.outcome.kind, row.outcome.kind, JSON.stringify(row.resolution));
      if (it.outcome.kind === 'succeeded' && row?.state !== 'succeeded') console.log('BAD', id, it.callId, it.outcome, row?.state);
    }
    await ledger.close();
    void n;
  };
  for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 8 }, (_, n) => one(n)));
  console.log(counts, [...applied].filter(([k, n]) => (k.startsWith('undo ') ? n > (applied.get(k.slice(5)) ?? 0) : n > 1 + (applied.get('undo ' + k) ?? 0))));
}, 280_000);
