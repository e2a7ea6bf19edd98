/** A real dev server: started, asked, stopped, killed, started again on the same file; and every way in which it cannot start. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { findTemporalBinary } from '../../../worker/dev-server/find-temporal';
import { isAlive } from '../../../worker/dev-server/cache-lock';
import { startDevServer, type DevServer, type DevServerOptions } from '../../../worker/dev-server/start-dev-server';
import { missingSearchAttributes } from '../../../worker/search-attributes';
import { isListening } from '../../../worker/dev-server/ports';
import { writeProgram } from './fake-programs';

describe('startDevServer', () => {
  let folder: string;
  const servers: DevServer[] = [];
  const listeners: Server[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-dev-server-'));
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await Promise.all(listeners.splice(0).map((server) => new Promise((done) => server.close(done))));
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(options: DevServerOptions = {}): Promise<DevServer> {
    const server = await startDevServer({ port: 0, headless: true, dieWithParent: true, log: () => {}, ...options });
    servers.push(server);
    return server;
  }

  async function withClient<T>(
    server: DevServer,
    use: (client: Client, connection: Connection) => Promise<T>,
  ): Promise<T> {
    const connection = await Connection.connect({ address: server.address });
    try {
      return await use(new Client({ connection }), connection);
    } finally {
      await connection.close();
    }
  }

  async function occupy(): Promise<number> {
    const server = createServer((socket) => socket.destroy());
    listeners.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }

  test('answers over gRPC with the search attributes, serves the Web UI, and stops', async () => {
    const server = await start({ headless: false });
    await withClient(server, async (_client, connection) => {
      expect(await missingSearchAttributes(connection, 'default')).toEqual([]);
    });
    expect((await fetch(server.uiUrl as string)).status).toBe(200);

    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(await isListening('127.0.0.1', server.port)).toBe(false);
    // Again: nothing left to do.
    await server.stop();
  });

  test('killed and started again on the same file and port: sessions and search attributes are still there', async () => {
    const dbFile = join(folder, 'not', 'there', 'yet', 'server.sqlite');
    const first = await start({ dbFile });
    await withClient(first, (client) =>
      client.workflow.start('anything', {
        taskQueue: 'nobody',
        workflowId: 'survivor',
        searchAttributes: { HoldfastStatus: ['running'] },
      }),
    );
    first.kill();
    await first.exited;
    expect(isAlive(first.pid)).toBe(false);

    const second = await start({ dbFile, port: first.port });
    expect(second.address).toBe(first.address);
    await withClient(second, async (client, connection) => {
      const survivor = await client.workflow.getHandle('survivor').describe();
      expect(survivor.status.name).toBe('RUNNING');
      expect(survivor.searchAttributes).toMatchObject({ HoldfastStatus: ['running'] });
      expect(await missingSearchAttributes(connection, 'default')).toEqual([]);
    });
    // That the file has the attributes already is no event.
    expect(readFileSync(second.logFile, 'utf8')).not.toMatch(/search.?attribute/i);
  });

  test('a gRPC port that another program has', async () => {
    const port = await occupy();
    await expect(start({ port })).rejects.toThrow(
      `Port ${port} (gRPC) is taken by another program: stop what listens on 127.0.0.1:${port}, or choose another port.`,
    );
  });

  test('a Web UI port that another program has', async () => {
    const uiPort = await occupy();
    await expect(start({ headless: false, uiPort })).rejects.toThrow(
      `Port ${uiPort} (Web UI) is taken by another program: stop what listens on 127.0.0.1:${uiPort}, or choose another uiPort.`,
    );
  });

  test('a gRPC port on which a Temporal server answers', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toThrow(
      `Port ${port} (gRPC) is taken by a Temporal server: use that one with TEMPORAL_ADDRESS=127.0.0.1:${port}, stop it, or choose another port.`,
    );
  });

  test.each([
    [{ port: 70_000 }, 'port must be a whole number from 0 (pick a free one) to 65535, got 70000'],
    [{ uiPort: -1 }, 'uiPort must be a whole number from 0 (pick a free one) to 65535, got -1'],
    [
      { port: 7777, uiPort: 7777, headless: false },
      'port and uiPort are both 7777: the Web UI needs a port of its own.',
    ],
  ])('%j is refused', async (options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });

  test('a port that is lost to somebody else between the check and the start: others are picked', async () => {
    const tries = join(folder, 'tries');
    const real = (await findTemporalBinary({ log: () => {} })).path;
    const binary = writeProgram(
      folder,
      'temporal',
      `echo try >> '${tries}'
       if [ "$(wc -l < '${tries}')" -lt 3 ]; then echo "Error: listen tcp: bind: address already in use" >&2; exit 1; fi
       exec '${real}' "$@"`,
    );
    const server = await start({ binary });
    expect(await isListening('127.0.0.1', server.port)).toBe(true);
    expect(readFileSync(tries, 'utf8')).toBe('try\ntry\ntry\n');
  });

  test('a server that ends at its start is told with its last words', async () => {
    const binary = writeProgram(folder, 'temporal', 'echo "Error: the moon is in the wrong phase" >&2; exit 3');
    await expect(start({ binary })).rejects.toThrow(
      'The dev server ended at its start (code 3): Error: the moon is in the wrong phase',
    );
  });

  test('a program that is not there is told', async () => {
    await expect(start({ binary: join(folder, 'nothing') })).rejects.toThrow(
      /The dev server could not be started: .*ENOENT/,
    );
  });

  test('a database file that is none, and one that is a folder', async () => {
    const text = join(folder, 'text.sqlite');
    writeFileSync(text, 'this is not a database\n'.repeat(100));
    await expect(start({ dbFile: text })).rejects.toThrow(/The dev server ended at its start .*not a database/);

    const directory = join(folder, 'directory.sqlite');
    mkdirSync(directory);
    await expect(start({ dbFile: directory })).rejects.toThrow(/The dev server ended at its start /);
  });

  test('a folder that cannot be made for the database file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(start({ dbFile: join(file, 'server.sqlite') })).rejects.toThrow(
      /^The dev server's folder cannot be written to .*: choose a database file in a folder of yours\.$/,
    );
  });
});
