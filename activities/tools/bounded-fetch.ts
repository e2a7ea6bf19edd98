/** `ctx.fetch`: refuses to start without a live lease, passes the call's signal on, and stops reading what is too long. */

/** Most bytes of one body, after decompression: a tool that needs more reads in pages or ranges. */
export const MAX_FETCH_BYTES = 8 * 1024 * 1024;

/** A body was longer than the bound; reading stopped there. */
export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge';
}

export interface BoundedFetchOptions {
  readonly signal: AbortSignal;
  /** @throws where the call may not reach out any more. */
  readonly assertAllowed: () => void;
  readonly maxBytes?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export function boundedFetch(options: BoundedFetchOptions): typeof fetch {
  const { signal, assertAllowed, maxBytes = MAX_FETCH_BYTES } = options;
  const send = options.fetch ?? globalThis.fetch;
  return async (resource, init) => {
    assertAllowed();
    const own = init?.signal ?? (resource instanceof Request ? resource.signal : undefined);
    const response = await send(resource, { ...init, signal: own ? AbortSignal.any([own, signal]) : signal });
    return response.body === null ? response : bounded(response, response.body, maxBytes);
  };
}

/** The response with a body that stops at the bound. */
function bounded(response: Response, body: ReadableStream<Uint8Array>, maxBytes: number): Response {
  const { status, statusText, headers, url, redirected } = response;
  const copy = new Response(limited(response, body, maxBytes), { status, statusText, headers });
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } });
}

/**
 * The bytes counted are those the tool would see, so a small body that unpacks into a huge one is stopped too. Nothing is read before the
 * tool reads, and the response is kept as long as this is: so the connection of a body that nobody reads is given back by fetch itself.
 */
function limited(response: Response, body: ReadableStream<Uint8Array>, maxBytes: number): ReadableStream<Uint8Array> {
  let seen = 0;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= body.getReader();
        const { done, value } = await reader.read();
        if (done) return controller.close();
        seen += value.byteLength;
        if (seen <= maxBytes) return controller.enqueue(value);
        const host = hostOf(response.url);
        const error = new ResponseTooLarge(
          `the answer of ${host} is longer than ${maxBytes} bytes; reading stopped there`,
        );
        await reader.cancel(error).catch(() => undefined);
        throw error;
      },
      cancel: (reason) => (reader ?? body).cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Not the whole address: it may hold a secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the server';
}
