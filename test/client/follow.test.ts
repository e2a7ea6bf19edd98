import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, DeadlineExceeded, type SendResult, type SessionClient } from '../../client';
import { TestServer } from '../support/temporal-server';
import { startStubWorker, uniqueName, type StubWorker } from './stub-worker';

let server: TestServer;
let worker: StubWorker;
let client: SessionClient;

async function begin(options: { readonly dbFile?: string } = {}): Promise<void> {
  server = await TestServer.start(options);
  worker = await startStubWorker({ address: server.address });
  client = await connect({ address: server.address, taskQueue: worker.taskQueue });
}

afterEach(async () => {
  await client?.close();
  await worker?.stop();
  await server?.stop();
});

describe('an answer that takes its time', () => {
  it('is not lost when the time of the caller runs out: the same message id gets it', async () => {
    await begin();
    const session = await client.startSession({ agent: 'parrot' });
    const late = await session
      .send({ text: 'hold one', messageId: 'm-1' }, { timeoutMs: 800 })
      .catch((error: unknown) => error);
    expect(late).toBeInstanceOf(DeadlineExceeded);
    expect(late).toMatchObject({ code: 'DEADLINE_EXCEEDED', messageId: 'm-1' });
    expect((late as Error).message).toContain('send it again with the message id m-1');
    expect(await session.answer('m-1')).toEqual({ kind: 'in_progress', messageId: 'm-1' });
    expect(await session.answer('m-2')).toEqual({ kind: 'unknown_message', messageId: 'm-2' });

    worker.release();
    expect(await session.send({ text: 'hold one', messageId: 'm-1' })).toMatchObject({
      turn: 1,
      text: 'parrot heard: hold one',
    });
    expect(await session.answer('m-1')).toMatchObject({ kind: 'answered', answer: { turn: 1 } });
    expect(worker.heard).toEqual(['hold one']);
    await session.end();
  });

  it('comes to each of 10 clients that send at once, queued or not', async () => {
    await begin();
    const sessionId = uniqueName('session');
    const texts = Array.from({ length: 10 }, (_, index) => `hold ${index}`);
    const sending = texts.map((text) => client.send({ sessionId, agent: 'parrot', text }));
    await worker.untilHolding(1);
    const session = client.session(sessionId);
    expect((await session.status()).status).toBe('running');
    worker.release();
    const answers = await Promise.all(sending);
    expect(answers.map((answer) => (answer.kind === 'reply' ? answer.text : answer.kind))).toEqual(
      texts.map((text) => `parrot heard: ${text}`),
    );
    expect([...worker.heard].sort()).toEqual(texts);
    await session.end();
  });

  it('is told as queued to a caller that does not want to follow', async () => {
    await begin();
    const session = await client.startSession({ agent: 'parrot' });
    const sending = Array.from({ length: 4 }, (_, index) => session.send(`hold ${index}`));
    await worker.untilHolding(1);
    await untilQueued(3);
    const queued: SendResult = await session.send({ text: 'me too', messageId: 'm-5' }, { follow: false });
    expect(queued).toMatchObject({ kind: 'queued', messageId: 'm-5' });
    worker.release();
    await Promise.all(sending);
    expect(await session.send({ text: 'me too', messageId: 'm-5' })).toMatchObject({ kind: 'reply', turn: 5 });
    await session.end();

    async function untilQueued(count: number): Promise<void> {
      while ((await session.status()).queued < count) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});

describe('the server is killed in the middle of a turn', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-client-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('and the caller gets the answer all the same, once the server is back', async () => {
    await begin({ dbFile: join(folder, 'server.sqlite') });
    const sending = client.send({ sessionId: uniqueName('session'), agent: 'parrot', text: 'hold on' });
    await worker.untilHolding(1);
    await server.kill();
    await server.restart();
    worker.release();
    expect(await sending).toMatchObject({ kind: 'reply', turn: 1, text: 'parrot heard: hold on' });
  });
});
