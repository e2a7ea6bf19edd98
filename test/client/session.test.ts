import { Client, Connection } from '@temporalio/client';
import { connect, type SendResult, type SessionClient } from '../../client';
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts';
import { TestServer } from '../support/temporal-server';
import { startStubWorker, uniqueName, type StubWorker } from './stub-worker';

let server: TestServer;
let worker: StubWorker;
let client: SessionClient;

beforeAll(async () => {
  server = await TestServer.start();
  worker = await startStubWorker({ address: server.address });
  client = await connect({ address: server.address, taskQueue: worker.taskQueue });
});

afterAll(async () => {
  await client?.close();
  await worker?.stop();
  await server?.stop();
});

const textOf = (result: SendResult): string => (result.kind === 'reply' ? result.text : JSON.stringify(result));

describe('a session', () => {
  it('is started, spoken to, read and ended', async () => {
    const session = await client.startSession({ agent: 'parrot', user: 'ada', tenant: 'clinic' });
    expect(await session.send('one')).toMatchObject({ kind: 'reply', turn: 1, text: 'parrot heard: one' });
    expect(textOf(await session.send({ text: 'two', agent: 'parrot' }))).toBe('parrot heard: two');

    expect(await session.status()).toMatchObject({
      sessionId: session.id,
      agent: 'parrot',
      status: 'waiting_for_user',
      turn: 2,
    });
    expect(await session.usage()).toMatchObject({ modelCalls: 2, inputTokens: 14, microUsd: 20 });
    expect(await session.pending()).toEqual([]);
    expect((await session.wholeTranscript()).map((item) => item.kind)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);

    expect(await session.end({ by: 'ada', reason: 'done' })).toMatchObject({ kind: 'done' });
    expect(await session.result()).toMatchObject({ status: 'completed', reason: 'ended', answer: 'parrot heard: two' });
    expect(await session.ended()).toMatchObject({ status: 'completed', reason: 'ended' });
  });

  it('starts with its first message, whose answer is asked for by message id', async () => {
    const session = await client.startSession({ agent: 'parrot', message: { text: 'first', messageId: 'm-1' } });
    expect(await session.send({ text: 'first', messageId: 'm-1' })).toMatchObject({
      turn: 1,
      text: 'parrot heard: first',
    });
    expect(worker.heard.filter((text) => text === 'first')).toHaveLength(1);
    await session.end();
  });

  it('starts with update-with-start, in one call with the answer', async () => {
    const message = { sessionId: uniqueName('session'), agent: 'parrot', text: 'both at once', messageId: 'm-1' };
    expect(textOf(await client.send(message))).toBe('parrot heard: both at once');
    expect(await client.send(message)).toMatchObject({ turn: 1 });
    expect(worker.heard.filter((text) => text === 'both at once')).toHaveLength(1);
    await client.session(message.sessionId).end();
  });

  it('as a task ends with its answer as the result', async () => {
    const session = await client.startSession({ agent: 'parrot', mode: 'task', message: 'do it' });
    expect(await session.result()).toMatchObject({
      status: 'completed',
      reason: 'task_done',
      answer: 'parrot heard: do it',
    });
  });

  it('says how the transcript goes on, page by page', async () => {
    const session = await client.startSession({ agent: 'parrot' });
    const long = 'x'.repeat(200_000);
    for (const n of [1, 2, 3, 4]) await session.send(`${n} ${long}`);
    const pages = [];
    for await (const page of session.transcript()) pages.push(page);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap((page) => page.items)).toEqual(await session.wholeTranscript());
    expect(pages[0]?.total).toBe(8);
    await session.end();
  });

  it('is found in lists and in the Web UI by what it was started with', async () => {
    const connection = await Connection.connect({ address: server.address });
    try {
      const session = await client.startSession({ agent: 'other', tenant: 'north_*wing*', user: 'ada *lovelace*' });
      const description = await new Client({ connection }).workflow.getHandle(session.id).describe();
      expect(description.type).toBe('agentSession');
      expect(description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])).toEqual(
        expect.arrayContaining([
          ['HoldfastAgent', 'other'],
          ['HoldfastTenant', 'north_*wing*'],
        ]),
      );
      expect(await description.staticSummary()).toBe('other for ada \\*lovelace\\*');
      expect(await description.staticDetails()).toContain('- tenant: north\\_\\*wing\\*');
      await session.send('hello');
      await eventually(async () => {
        const found = await client.listSessions({ agent: 'other', status: 'waiting_for_user' });
        expect(found.map((each) => each.sessionId)).toContain(session.id);
      });
      expect(session.url('http://localhost:8233/')).toBe(
        `http://localhost:8233/namespaces/default/workflows/${session.id}`,
      );
      await session.end();
    } finally {
      await connection.close();
    }
  });

  it('takes the timeouts of the dev profile from a server on this machine', async () => {
    const connection = await Connection.connect({ address: server.address });
    try {
      const session = await client.startSession({ agent: 'parrot' });
      const history = await new Client({ connection }).workflow.getHandle(session.id).fetchHistory();
      const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
      expect(Number(started?.workflowTaskTimeout?.seconds)).toBe(5);
      const [payload] = started?.input?.payloads ?? [];
      expect(JSON.parse(Buffer.from(payload?.data ?? []).toString())).toEqual({
        v: 1,
        agent: 'parrot',
        heartbeatMs: 3000,
        searchAttributes: Object.keys(SEARCH_ATTRIBUTES),
      });
      await session.end();
    } finally {
      await connection.close();
    }
  });
});

/** The visibility store lags; tries until the expectation holds or 10 s are over. */
async function eventually(check: () => Promise<void>): Promise<void> {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
