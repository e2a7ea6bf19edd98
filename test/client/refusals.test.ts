import { createServer } from 'node:net';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import {
  AgentMismatch,
  BadConfig,
  connect,
  DeadlineExceeded,
  InvalidRequest,
  MessageIdReused,
  NoWorker,
  ServerRefused,
  ServerUnavailable,
  SessionCancelled,
  SessionClosed,
  SessionExists,
  SessionNotFound,
  type SessionClient,
} from '../../client';
import { MAX_MESSAGE_BYTES } from '../../workflows/contracts';
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

async function caught(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a refusal');
}

/** Asks the server itself, past the client under test. */
async function wasStarted(sessionId: string): Promise<boolean> {
  const connection = await Connection.connect({ address: server.address });
  try {
    await new Client({ connection }).workflow.getHandle(sessionId).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  } finally {
    await connection.close();
  }
}

describe('refused before anything is sent', () => {
  it.each<[string, { text: string; messageId?: string; agent?: string; sessionId?: string }, RegExp]>([
    ['an empty message', { text: ' ' }, /text is empty/],
    [
      'a message that is too large',
      { text: 'é'.repeat(MAX_MESSAGE_BYTES) },
      /is 524288 bytes, at most 262144 are taken/,
    ],
    ['half a surrogate pair', { text: 'ab\ud800' }, /surrogate pair/],
    ['a message id with a space', { text: 'hi', messageId: 'a b' }, /messageId must be/],
    ['an agent that no agent can be', { text: 'hi', agent: 'a.b' }, /agent must be a name/],
    ['a session id that no session can have', { text: 'hi', sessionId: 'a/h1' }, /session id must be/],
  ])('%s', async (_, message, problem) => {
    const sessionId = message.sessionId ?? uniqueName('session');
    const error = await caught(client.send({ agent: 'parrot', ...message, sessionId }));
    expect(error).toBeInstanceOf(InvalidRequest);
    expect(error.message).toMatch(problem);
    expect(await wasStarted(sessionId)).toBe(false);
  });

  it('a session where nobody works on the task queue', async () => {
    const taskQueue = uniqueName('deserted');
    const lonely = await connect({ address: server.address, taskQueue });
    try {
      const sessionId = uniqueName('session');
      const error = await caught(lonely.send({ sessionId, agent: 'parrot', text: 'hi' }));
      expect(error).toBeInstanceOf(NoWorker);
      expect(error.message).toContain(`no worker polls the task queue ${taskQueue}`);
      expect(error.message).toContain('holdfast worker <module>');
      expect(await wasStarted(sessionId)).toBe(false);
    } finally {
      await lonely.close();
    }
  });
});

describe('refused by the session', () => {
  it('another agent than its own', async () => {
    const session = await client.startSession({ agent: 'parrot' });
    expect(await caught(session.send({ text: 'hi', agent: 'other' }))).toBeInstanceOf(AgentMismatch);
    expect(await caught(client.send({ sessionId: session.id, text: 'hi', agent: 'other' }))).toBeInstanceOf(
      AgentMismatch,
    );
    expect((await session.status()).turn).toBe(0);
    await session.end();
  });

  it('a message id with other content', async () => {
    const session = await client.startSession({ agent: 'parrot' });
    await session.send({ text: 'hi', messageId: 'm-1' });
    const error = await caught(session.send({ text: 'hello', messageId: 'm-1' }));
    expect(error).toBeInstanceOf(MessageIdReused);
    expect((await session.status()).turn).toBe(1);
    await session.end();
  });

  it('a second start under its id, open or closed', async () => {
    const session = await client.startSession({ agent: 'parrot' });
    expect(await caught(client.startSession({ agent: 'parrot', sessionId: session.id }))).toBeInstanceOf(SessionExists);
    await session.end();
    await session.result();
    expect(await caught(client.startSession({ agent: 'parrot', sessionId: session.id }))).toBeInstanceOf(SessionExists);
  });

  it('anything new once it is closed; what it answered it still answers', async () => {
    const session = await client.startSession({ agent: 'parrot' });
    await session.send({ text: 'hi', messageId: 'm-1' });
    await session.end({ by: 'ada', reason: 'enough' });
    await session.result();
    const again = { sessionId: session.id, agent: 'parrot', text: 'more' };
    for (const send of [() => session.send('more'), () => client.send(again)]) {
      const error = await caught(send());
      expect(error).toBeInstanceOf(SessionClosed);
      expect(error).toMatchObject({ status: 'completed', reason: 'the session was ended by ada: enough' });
    }
    expect(await session.send({ text: 'hi', messageId: 'm-1' })).toMatchObject({
      kind: 'reply',
      text: 'parrot heard: hi',
    });
    expect(await caught(session.end())).toBeInstanceOf(SessionClosed);
    expect((await session.status()).status).toBe('completed');
  });

  it('a result, where it was cancelled', async () => {
    const session = await client.startSession({ agent: 'parrot' });
    await session.send('hi');
    await session.cancel();
    expect(await caught(session.result())).toBeInstanceOf(SessionCancelled);
    expect(await caught(session.send('more'))).toMatchObject({ code: 'SESSION_CLOSED', status: 'cancelled' });
  });

  it('an agent that does not exist: the names that do are in the answer', async () => {
    const sessionId = uniqueName('session');
    expect(await client.send({ sessionId, agent: 'nobody', text: 'hi' })).toMatchObject({
      kind: 'stopped',
      reason: 'unknown_agent',
      message: expect.stringContaining('parrot') as unknown,
      session: 'ended',
    });
    expect(await client.session(sessionId).result()).toMatchObject({ status: 'stopped', reason: 'unknown_agent' });
  });

  it('everything, where it never was', async () => {
    const session = client.session(uniqueName('nobody'));
    const calls = ['send', 'status', 'end', 'result', 'cancel'] as const;
    for (const call of calls) {
      expect(await caught(call === 'send' ? session.send('hi') : session[call]())).toBeInstanceOf(SessionNotFound);
    }
  });

  it('to be waited for longer than was asked', async () => {
    const session = await client.startSession({ agent: 'parrot' });
    const error = await caught(session.result({ timeoutMs: 300 }));
    expect(error).toBeInstanceOf(DeadlineExceeded);
    await session.end();
  });
});

describe('refused by the server, or by nobody', () => {
  it('an address where nobody listens, at once and with the address in the words', async () => {
    const address = await unusedAddress();
    const before = Date.now();
    const error = await caught(connect({ address }));
    expect(error).toBeInstanceOf(ServerUnavailable);
    expect(error.message).toContain(`no Temporal server answers at ${address}`);
    expect(error.message).toContain('npm run dev');
    expect(Date.now() - before).toBeLessThan(2_000);
  });

  it('a namespace that does not exist', async () => {
    const error = await caught(connect({ address: server.address, namespace: 'nowhere' }));
    expect(error).toBeInstanceOf(ServerRefused);
    expect(error.message).toContain('has no namespace nowhere');
  });

  it('an address that is none, and a profile that is not there', async () => {
    expect(await caught(connect({ address: 'http://localhost:7233' }))).toBeInstanceOf(BadConfig);
    expect(await caught(connect({ profile: 'no-such-profile' }))).toBeInstanceOf(BadConfig);
  });
});

describe('payload codecs', () => {
  /** Stands for an encryption: without it nothing can be read. */
  const mirror: PayloadCodec = {
    encode: async (payloads) =>
      payloads.map((payload) => ({
        metadata: { encoding: Buffer.from('binary/mirrored') },
        data: Buffer.from(JSON.stringify({ m: toText(payload.metadata?.encoding), d: toText(payload.data) })).reverse(),
      })),
    decode: async (payloads) =>
      payloads.map((payload) => {
        const { m, d } = JSON.parse(
          Buffer.from(payload.data ?? [])
            .reverse()
            .toString(),
        ) as { m: string; d: string };
        return { metadata: { encoding: Buffer.from(m, 'base64') }, data: Buffer.from(d, 'base64') };
      }),
  };
  const toText = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('base64');

  it('are used both ways, and their absence is told', async () => {
    const coded = await startStubWorker({ address: server.address, payloadCodecs: [mirror] });
    const options = { address: server.address, taskQueue: coded.taskQueue };
    const [with_, without] = [await connect({ ...options, payloadCodecs: [mirror] }), await connect(options)];
    try {
      const session = await with_.startSession({ agent: 'parrot' });
      expect(await session.send('secret')).toMatchObject({ text: 'parrot heard: secret' });
      const error = await caught(without.session(session.id).status());
      expect(error).toBeInstanceOf(BadConfig);
      expect(error.message).toContain('the same payload codecs as the worker');
      await session.end();
    } finally {
      await Promise.all([with_.close(), without.close()]);
      await coded.stop();
    }
  });
});

/** A port that was free a moment ago. */
async function unusedAddress(): Promise<string> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 1}`));
    });
  });
}
