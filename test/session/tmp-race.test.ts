import { defineAgent } from '../../agents';
import { SessionClosed } from '../../client';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { fetchHistory } from './history';
import { startStage, uniqueName, type Stage } from './stage';
let model: ScriptedServer; let stage: Stage;
const door = defineAgent({ name: 'door', instructions: 'x', model: 'gpt-5-mini', tools: [] });
beforeAll(async () => { model = await startScriptedServer(); stage = await startStage({ agents: [door], modelUrl: model.url }); });
afterAll(async () => { await stage?.stop(); await model?.close(); });
const patient = { timeoutMs: 20_000 };
test('race', async () => {
  for (let round = 0; round < 12; round += 1) {
    model.script(...Array.from({ length: 12 * 5 }, () => ({ body: chatBody({ text: 'hello' }) })));
    await Promise.all(Array.from({ length: 12 }, async () => {
      const session = stage.client.session(uniqueName('race'));
      await stage.client.send({ sessionId: session.id, agent: 'door', text: 'first' }, patient);
      const t = Date.now();
      const timed = async (what: string, p: Promise<unknown>) => {
        const r = await p.then((x) => (x as any)?.kind ?? 'done', (e) => e instanceof SessionClosed ? 'closed' : String(e));
        const ms = Date.now() - t;
        if (ms > 4000) { 
          const h = await fetchHistory(stage.temporal, session.id);
          process.stderr.write(`${round} ${session.id} ${what} ${r} ${ms}\n` + (h.events ?? []).map((e) => `${e.eventId} ${e.eventType} ${Number(e.eventTime?.seconds)}.${Math.round((e.eventTime?.nanos ?? 0)/1e6)} ${e.workflowTaskFailedEventAttributes?.cause ?? ''} ${e.workflowTaskFailedEventAttributes?.failure?.message ?? ''}`).join('\n') + '\n');
        }
        return r;
      };
      await Promise.all([timed('cancel', session.cancel()), ...[0, 1, 2, 3].map((i) => timed(`send ${i}`, session.send({ text: `r ${i}` }, patient)))]);
    }));
  }
}, 170_000);
