/**
 * The `openai` client as both adapters use it: credentials from the environment, its own retries off (Temporal owns them), and
 * the answer's body read by us, bounded in size and time, so that what came can be told from what was cut.
 */
import OpenAI from 'openai';
import type { SendOptions } from './provider';

/** Longest body of an answer, bytes: twice what Temporal could carry, so that a longer one is refused and not the worker's memory. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Longest body of an error that is looked at. */
const MAX_ERROR_BYTES = 64 * 1024;

/** No request can be made. */
export class MissingApiKey extends Error {
  override readonly name = 'MissingApiKey';
}

/** The whole request, its body included, took too long. */
export class RequestTimedOut extends Error {
  override readonly name = 'RequestTimedOut';
}

/** The answer's body is longer than `MAX_BODY_BYTES`. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

let client: { readonly key: string; readonly baseUrl: string | undefined; readonly openai: OpenAI } | undefined;

const setting = (name: string) => process.env[name]?.trim() || undefined;

/** @throws MissingApiKey that says what to set. */
export function checkCredentials(): void {
  if (setting('OPENAI_API_KEY')) return;
  throw new MissingApiKey(
    'OPENAI_API_KEY is not set for the worker: set it (any text, if the server at OPENAI_BASE_URL checks none) and start the worker again',
  );
}

/** One client per credentials and process; read again each time, so that a test or a rotated key takes effect. */
export function openAiClient(): OpenAI {
  checkCredentials();
  const key = setting('OPENAI_API_KEY') as string;
  const baseUrl = setting('OPENAI_BASE_URL');
  if (client?.key !== key || client.baseUrl !== baseUrl) {
    const openai = new OpenAI({ apiKey: key, baseURL: baseUrl, maxRetries: 0, logLevel: 'off', fetch: fetchBounded });
    client = { key, baseUrl, openai };
  }
  return client.openai;
}

/** The client reads the body of an error whole: here it is cut first. */
async function fetchBounded(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(url, init);
  if (response.ok) return response;
  const { status, statusText, headers } = response;
  return new Response(await readBounded(response, MAX_ERROR_BYTES, 'cut'), { status, statusText, headers });
}

/**
 * Makes one request and reads its answer.
 * @param path under the base URL.
 * @param body JSON, UTF-8, sent as it is.
 * @throws RequestTimedOut, AnswerTooLarge, or what the `openai` client throws.
 */
export async function sendJson(path: string, body: Uint8Array, options: SendOptions): Promise<string> {
  // The client's own timeout ends when the headers are there; a body that trickles is bounded by this one.
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, deadline]);
  // The client sends bytes as they are, and does not know what they are.
  const headers = { 'content-type': 'application/json' };
  try {
    const response = await openAiClient()
      .post(path, { body, headers, signal, timeout: options.timeoutMs + 1000, maxRetries: 0 })
      .asResponse();
    return await readBounded(response, MAX_BODY_BYTES, 'throw');
  } catch (error) {
    if (deadline.aborted && !options.signal.aborted)
      throw new RequestTimedOut(`no complete answer within ${options.timeoutMs} ms`);
    throw error;
  }
}

async function readBounded(response: Response, limit: number, over: 'cut' | 'throw'): Promise<string> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > limit) {
      // Leaving the loop cancels the stream.
      if (over === 'throw') throw new AnswerTooLarge(`the answer is longer than ${limit} bytes`);
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
