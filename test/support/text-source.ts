/** A server that answers with more than anybody should read: `/text/<bytes>`, `/line/<bytes>` (no line end in it), `/bomb`, `/endless`. */
import { createServer, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { closeServer, listen } from '../../cli/workload/journal';

export interface TextSource {
  readonly url: string;
  close(): Promise<void>;
}

const MB = 1024 * 1024;
/** What the bomb unpacks to; a thousandth of it goes over the wire. */
const BOMB_BYTES = 512 * MB;
const LINE = 'lorem ipsum dolor sit amet, consectetur adipiscing elit.\n';

export async function startTextSource(): Promise<TextSource> {
  const server = createServer((request, response) => {
    const [, kind, size] = /^\/(\w+)(?:\/(\d+))?$/.exec(request.url ?? '') ?? [];
    // Who has read enough goes away in the middle, which is what this is for.
    serve(kind, Number(size ?? 0), response).catch(() => response.destroy());
  });
  return { url: await listen(server), close: () => closeServer(server) };
}

async function serve(kind: string | undefined, bytes: number, response: ServerResponse): Promise<void> {
  switch (kind) {
    case 'text':
      return pipeline(Readable.from(parts(LINE, bytes)), response);
    case 'line':
      return pipeline(Readable.from(parts('x', bytes)), response);
    case 'endless':
      return pipeline(Readable.from(parts(LINE, Infinity)), response);
    case 'bomb':
      response.setHeader('content-encoding', 'gzip');
      return pipeline(Readable.from(parts('\0', BOMB_BYTES)), createGzip({ level: 9 }), response);
    default:
      response.writeHead(404).end();
  }
}

/** So many bytes of the text again and again, in parts. */
function* parts(text: string, bytes: number): Generator<Buffer> {
  const part = Buffer.alloc(MB, text);
  for (let left = bytes; left > 0; left -= MB) yield part.subarray(0, Math.min(MB, left));
}
