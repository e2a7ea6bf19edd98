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

/** The bytes counted are those the tool would see, so a small body that unpacks into a huge one is stopped too. */
function bounded(response: Response, body: ReadableStream<Uint8Array>, maxBytes: number): Response {
  let seen = 0;
  const counted = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        seen += chunk.byteLength;
        if (seen > maxBytes)
          throw new ResponseTooLarge(
            `the answer of ${hostOf(response.url)} is longer than ${maxBytes} bytes; reading stopped there`,
          );
        controller.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers, url, redirected } = response;
  const copy = new Response(counted, { status, statusText, headers });
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } });
}

/** Not the whole address: it may hold a secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the server';
}
