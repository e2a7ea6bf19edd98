/** `ctx.fetch` against a real local server: bounded bodies (after decompression), the signal, and no request without a lease. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { boundedFetch, ResponseTooLarge } from '../../../activities/tools/bounded-fetch';
import { defineTool } from '../../../agents';
import { desk } from './tool-harness';

const MB = 1024 * 1024;
const BOMB = gzipSync(Buffer.alloc(64 * MB));
let server: Server;
let base: string;
let requests = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests += 1;
    if (request.url === '/bomb') response.setHeader('content-encoding', 'gzip').end(BOMB);
    else if (request.url === '/endless') {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    } else if (request.url === '/slow') response.write('begun');
    else if (request.url === '/empty') response.writeHead(204).end();
    else if (request.url === '/moved') response.writeHead(302, { location: '/json' }).end();
    else response.setHeader('content-type', 'application/json').end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function fetcher(maxBytes = MB, controller = new AbortController(), assertAllowed = () => {}) {
  return boundedFetch({ signal: controller.signal, assertAllowed, maxBytes });
}

describe('ctx.fetch', () => {
  it('is fetch for what is not too long', async () => {
    const response = await fetcher()(`${base}/moved`);
    expect(response).toMatchObject({ status: 200, ok: true, url: `${base}/json`, redirected: true });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ ok: true });
    expect((await fetcher()(`${base}/empty`)).status).toBe(204);
  });

  it.each(['bomb', 'endless'])('stops reading /%s at its bound', async (path) => {
    const before = process.memoryUsage().rss;
    const response = await fetcher()(`${base}/${path}`);
    await expect(response.text()).rejects.toThrow(ResponseTooLarge);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MB);
  });

  it('is stopped by the call, also while a body is read', async () => {
    const controller = new AbortController();
    const response = await fetcher(MB, controller)(`${base}/slow`);
    controller.abort(new Error('cancelled'));
    await expect(response.text()).rejects.toThrow();
  });

  it('is stopped by the signal of the tool too', async () => {
    const own = new AbortController();
    own.abort(new Error('mine'));
    await expect(fetcher()(`${base}/json`, { signal: own.signal })).rejects.toThrow('mine');
  });

  it('sends nothing where the call may not go on', async () => {
    const before = requests;
    const refuse = () => {
      throw new Error('lease lost');
    };
    await expect(fetcher(MB, undefined, refuse)(`${base}/json`)).rejects.toThrow('lease lost');
    expect(requests).toBe(before);
  });

  it('reads nothing that the tool does not read, so that the connection is not held for it', async () => {
    let response: Response | undefined;
    const fetchOne = async (...args: Parameters<typeof fetch>) => (response = await fetch(...args));
    const copy = await boundedFetch({ signal: new AbortController().signal, assertAllowed: () => {}, fetch: fetchOne })(
      `${base}/endless`,
    );
    expect(copy.status).toBe(200);
    expect(response?.body?.locked).toBe(false);
    await copy.body?.cancel();
  });

  it('gives a read whose answer is too long an outcome at once, in words', async () => {
    const tool = defineTool({
      name: 'read_page',
      description: 'reads',
      effect: 'read',
      input: z.object({}),
      run: async (_args, ctx) => (await ctx.fetch(`${base}/bomb`)).text(),
    });
    expect(await desk([tool], []).call(tool)).toMatchObject({
      outcome: {
        kind: 'failed',
        reason: 'tool_error',
        message: expect.stringMatching(/is longer than 8388608 bytes; reading stopped there/),
      },
    });
  });
});
