/** Search attributes on a real server: a new namespace has none, registering makes them, and a refusal holds the commands. */
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts/names';
import {
  assertSearchAttributes,
  missingSearchAttributes,
  registerSearchAttributes,
} from '../../worker/search-attributes';
import { TestServer } from '../support/temporal-server';

describe('search attributes', () => {
  const namespace = `search-attributes-${process.pid}`;
  let server: TestServer;
  let connection: Connection;

  beforeAll(async () => {
    server = await TestServer.start({ own: true });
    connection = await Connection.connect({ address: server.address });
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await untilNamespaceIsKnown();
  }, 120_000);

  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  /** The server keeps a cache of namespaces that a new one enters within some seconds. */
  async function untilNamespaceIsKnown(): Promise<void> {
    for (const deadline = Date.now() + 30_000; ; await new Promise((next) => setTimeout(next, 100))) {
      try {
        await missingSearchAttributes(connection, namespace);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  test('a dev server has them all in its own namespace from the start', async () => {
    expect(await missingSearchAttributes(connection, 'default')).toEqual([]);
    await expect(assertSearchAttributes(connection, 'default')).resolves.toBeUndefined();
  });

  test('a namespace without them is refused with the exact commands, and registering mends it', async () => {
    expect(await missingSearchAttributes(connection, namespace)).toEqual(Object.keys(SEARCH_ATTRIBUTES));
    for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
      await expect(assertSearchAttributes(connection, namespace)).rejects.toThrow(
        `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`,
      );
    }

    await Promise.all([
      registerSearchAttributes(connection, namespace),
      registerSearchAttributes(connection, namespace),
    ]);
    expect(await missingSearchAttributes(connection, namespace)).toEqual([]);

    // Again, on a namespace that has them: nothing to do, no error.
    await registerSearchAttributes(connection, namespace);
    await expect(assertSearchAttributes(connection, namespace)).resolves.toBeUndefined();
  }, 90_000);
});
