/** The SDK's download: given up in time where nothing answers, and a file that it accepts is handed on. */
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version as sdkVersion } from '@temporalio/worker/package.json';
import { findTemporalBinary } from '../../../worker/dev-server/find-temporal';
import { downloadWithSdk } from '../../../worker/dev-server/sdk-download';

describe('downloadWithSdk', () => {
  let folder: string;
  const sockets = new Set<Socket>();
  const servers: Server[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-download-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  });

  /** Everything goes through a proxy at this port, so that the test's network is the test's own. */
  const throughProxy = (port: number): Record<string, string | undefined> => ({
    PATH: process.env.PATH,
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
  });

  async function listen(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      onSocket(socket);
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }

  test('a network that never answers is given up at the deadline', async () => {
    const silent = await listen(() => {});
    await expect(
      downloadWithSdk({ into: folder, env: throughProxy(silent), log: () => {}, firstByteMs: 1500 }),
    ).rejects.toThrow('nothing arrived for 1.5 s');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a network that refuses fails at once, with the reason', async () => {
    const refusing = await listen((socket) => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'));
    await expect(downloadWithSdk({ into: folder, env: throughProxy(refusing), log: () => {} })).rejects.toThrow(
      /failed to download/,
    );
  });

  test('the downloaded file is tried as a server and handed on', async () => {
    const { path } = await findTemporalBinary({ log: () => {} });
    // As the SDK names what it has downloaded: it takes it for its own work of a moment ago.
    const downloaded = join(folder, `temporal-sdk-typescript-${sdkVersion}`);
    symlinkSync(path, downloaded);
    const silent = await listen(() => {});
    expect(await downloadWithSdk({ into: folder, env: throughProxy(silent), log: () => {} })).toBe(downloaded);
  });
});
