/** Closing a client while its calls are under way: they end at once with a typed error, and nothing is thrown where nobody can catch it. */
import { ClientClosed, connect } from '../../client';
import { TestServer } from '../support/temporal-server';
import { startStubWorker } from './stub-worker';

/** Longer than the longest wait between two tries of one request, ms: a try that was planned has happened by then. */
const LONGER_THAN_A_RETRY_MS = 1_500;

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('closing a client', () => {
  it('ends a send that waits for its answer, which the session gives to the next who asks', async () => {
    const server = await TestServer.start();
    const worker = await startStubWorker({ address: server.address });
    const first = await connect({ address: server.address, taskQueue: worker.taskQueue });
    const session = await first.startSession({ agent: 'parrot' });
    const waiting = failureOf(session.send({ text: 'hold it', messageId: 'm-1' }));
    await worker.untilHolding(1);
    const began = Date.now();
    await Promise.all([first.close(), first.close()]);
    expect(Date.now() - began).toBeLessThan(1_000);
    expect(await waiting).toBeInstanceOf(ClientClosed);
    await expect(session.status()).rejects.toThrow(ClientClosed);

    worker.release();
    const second = await connect({ address: server.address, taskQueue: worker.taskQueue });
    expect(await second.session(session.id).send({ text: 'hold it', messageId: 'm-1' })).toMatchObject({
      kind: 'reply',
      turn: 1,
    });
    expect(worker.heard).toEqual(['hold it']);
    await second.session(session.id).end();
    await second.close();
    await worker.stop();
    await server.stop();
  });

  it('waits for requests that are being tried again, since a try on a closed connection would end the process', async () => {
    const server = await TestServer.start({ own: true });
    const client = await connect({ address: server.address, taskQueue: 'nobody' });
    await server.kill();
    const thrown: unknown[] = [];
    const note = (error: unknown) => thrown.push(error);
    process.on('uncaughtException', note);
    try {
      const calls = Promise.all(['s-1', 's-2', 's-3'].map((id) => failureOf(client.session(id).status())));
      // The first tries fail at once; by now others are planned.
      await new Promise((resolve) => setTimeout(resolve, 250));
      await client.close();
      for (const failure of await calls) expect(failure).toBeInstanceOf(ClientClosed);
      await new Promise((resolve) => setTimeout(resolve, LONGER_THAN_A_RETRY_MS));
      expect(thrown).toEqual([]);
    } finally {
      process.off('uncaughtException', note);
    }
  });
});
