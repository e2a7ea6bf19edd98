/**
 * The end of a client. Its calls are broken off and its connection is shut only when no request of it can begin any more: the Temporal
 * client tries a failed request again by a timer, and one that fires on a connection that was shut throws where nobody can catch it.
 */
import type { Connection } from '@temporalio/client';
import { isRetryableError, type makeGrpcRetryInterceptor } from '@temporalio/client';
import { ClientClosed } from './errors';

type RetryOptions = Parameters<typeof makeGrpcRetryInterceptor>[0];

/** Tries of one request under one request id: about 3 s, which spans a restart; longer outages are the callers' to retry. */
const REQUEST_TRIES = 6;
/** Longest wait between them, ms. */
const MAX_RETRY_MS = 1_000;
/** Calls that were broken off have ended after a few ms; one that has not is left behind. */
const MAX_CLOSING_MS = 2_000;

export class Lifetime {
  private readonly running = new Map<AbortController, Promise<unknown>>();
  /** When the last planned try of a request begins, ms since the epoch. */
  private lastTryAt = 0;
  private ended = false;
  private ending: Promise<void> | undefined;

  /** For the connection's retry interceptor. */
  readonly retries: RetryOptions = {
    retryableDecider: (attempt, status) => !this.ended && attempt < REQUEST_TRIES && isRetryableError(status),
    delayFunction: (attempt) => {
      const delay = Math.min(MAX_RETRY_MS, 100 * 2 ** (attempt - 1)) * (0.8 + Math.random() * 0.4);
      this.lastTryAt = Math.max(this.lastTryAt, Date.now() + delay);
      return delay;
    },
  };

  /**
   * Makes requests that end with the client.
   * @throws ClientClosed where it is, or is closed before they are answered.
   */
  async run<T>(connection: Connection, requests: () => Promise<T>): Promise<T> {
    if (this.ended) throw new ClientClosed();
    const controller = new AbortController();
    const answer = connection.withAbortSignal(controller.signal, requests);
    this.running.set(
      controller,
      answer.catch(() => undefined),
    );
    try {
      return await answer;
    } catch (error) {
      throw this.ended ? new ClientClosed({ cause: error }) : error;
    } finally {
      this.running.delete(controller);
    }
  }

  /** Breaks off what runs, waits until it is over, and closes the connection. A repeat waits for the first. */
  end(connection: Connection): Promise<void> {
    this.ending ??= this.close(connection);
    return this.ending;
  }

  private async close(connection: Connection): Promise<void> {
    this.ended = true;
    for (const controller of this.running.keys()) controller.abort();
    await this.runningEnds();
    const untilLastTry = this.lastTryAt - Date.now();
    if (untilLastTry > 0) await new Promise((resolve) => setTimeout(resolve, untilLastTry + 20));
    await connection.close();
  }

  private async runningEnds(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, MAX_CLOSING_MS)));
    await Promise.race([Promise.all(this.running.values()), late]);
    clearTimeout(timer);
  }
}
