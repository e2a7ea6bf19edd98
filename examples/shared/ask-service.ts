/**
 * Asks an outside service over HTTP, and sorts what comes back by the one question that counts for an effect: is it known that
 * nothing was done? Where it is not known, a plain error is thrown, and the engine finds out by the tool's effect class.
 */
import { NotApplied, ToolError, type ToolContext } from '../../agents';

/** How long one request may take, ms; the tool's own timeout is longer. */
const REQUEST_TIMEOUT_MS = 5_000;

export interface Question {
  readonly method: 'GET' | 'POST';
  /** With its query, after the service's address. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/**
 * @returns the body of a 2xx answer.
 * @throws ToolError with the service's words where it refused (4xx); NotApplied where nobody listened or the service says that it did
 *   nothing (503); any other Error where nobody can tell.
 */
export async function askService(service: string, question: Question, ctx: ToolContext): Promise<unknown> {
  const response = await send(service, question, ctx);
  const body = (await response.json()) as { message?: unknown } | null;
  if (response.ok) return body;
  const said =
    typeof body?.message === 'string' ? body.message : `The service answered with status ${response.status}.`;
  if (response.status === 503) throw new NotApplied(said);
  if (response.status >= 400 && response.status < 500) throw new ToolError(said);
  throw new Error(`${question.method} ${question.path}: status ${response.status}: ${said}`);
}

async function send(service: string, { method, path, body }: Question, ctx: ToolContext): Promise<Response> {
  try {
    return await ctx.fetch(`${service}${path}`, {
      method,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (nobodyListened(error)) throw new NotApplied(`Nobody listens at ${service}.`, { cause: error });
    throw error;
  }
}

/** Of the ways a connection fails, the one in which the request cannot have arrived. */
function nobodyListened(error: unknown): boolean {
  return ((error as { cause?: { code?: unknown } } | null)?.cause?.code ?? '') === 'ECONNREFUSED';
}
