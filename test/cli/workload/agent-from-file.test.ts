import { startJournal } from '../../../cli/workload/journal';
import { placeOf, workloadAgent } from '../../../cli/workload/agent-from-file';
import { ToolError, type ToolContext } from '../../../agents/define-tool';
import { loadFixture } from './fixture';

const contextOf = (callId: string, user: string): ToolContext => ({
  idempotencyKey: `ns/${callId}`,
  callId,
  session: { id: 's', agent: 'workload', user },
  attempt: 1,
  signal: new AbortController().signal,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  fetch,
});

describe('the agent of a workload', () => {
  const workload = loadFixture();
  const agentAt = (journalUrl: string) => workloadAgent({ workload, model: 'gpt-5-mini', journalUrl });

  it('has the policy as instructions; a tool that mutates anywhere is idempotent, the others read', () => {
    const agent = agentAt('http://127.0.0.1:1');
    expect(agent.instructions).toBe(workload.policy);
    expect([...agent.tools.values()].map(({ name, effect }) => ({ name, effect }))).toEqual([
      { name: 'get_order', effect: 'read' },
      { name: 'cancel_order', effect: 'idempotent' },
    ]);
  });

  it('checks arguments by the schema of the file', () => {
    const input = agentAt('http://127.0.0.1:1').tools.get('cancel_order')?.input;
    expect(input?.safeParse({ order_id: '#W1', reason: 'bored' }).success).toBe(false);
    expect(input?.safeParse({ order_id: '#W1', reason: 'no longer needed', item_ids: [1] }).success).toBe(false);
    expect(input?.safeParse({ order_id: '#W1', reason: 'no longer needed' }).success).toBe(true);
  });

  it('answers the same call at two places with what was recorded at each, at every attempt, and writes each into the journal', async () => {
    const journal = await startJournal({ latencyMs: 0 });
    const tool = agentAt(journal.url).tools.get('get_order');
    const run = async (callId: string) => tool?.run({ order_id: '#W1' }, contextOf(callId, 'shop-0'));
    expect(await run('t1.s1.c1-0a0a0a0a')).toBe(workload.tasks[0]?.calls[0]?.observation);
    expect(await run('t1.s3.c1-0b0b0b0b')).toBe(workload.tasks[0]?.calls[2]?.observation);
    expect(await run('t1.s1.c1-0a0a0a0a')).toBe(workload.tasks[0]?.calls[0]?.observation);
    expect(journal.rows.map(({ call, decision, mutates }) => ({ call, decision, mutates }))).toEqual([
      { call: 0, decision: 'applied', mutates: false },
      { call: 2, decision: 'applied', mutates: false },
      { call: 0, decision: 'deduped', mutates: false },
    ]);
    await journal.close();
  });

  it('refuses a call that the task does not have there, before the journal', async () => {
    const tool = agentAt('http://127.0.0.1:1').tools.get('get_order');
    await expect(tool?.run({ order_id: '#W1' }, contextOf('t1.s2.c1-0a0a0a0a', 'shop-0'))).rejects.toThrow(ToolError);
    await expect(tool?.run({ order_id: '#W1' }, contextOf('t1.s1.c1-0a0a0a0a', 'nobody'))).rejects.toThrow(ToolError);
  });

  it('reads the place out of a call id, and refuses another form', () => {
    expect(placeOf('t1.s14.c1-0a0a0a0a')).toBe(13);
    expect(() => placeOf('call_0')).toThrow(/a call id looks like/);
  });
});
