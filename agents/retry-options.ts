/** How often and how soon a tool's body is tried again. */
import { toMs, type Duration } from './duration';
import { TOOL_DEFAULTS } from './policies';

export interface RetryOptions {
  /** Failures of the body that are allowed, the first included. Default 3. */
  readonly attempts?: number;
  readonly initialInterval?: Duration;
  readonly backoff?: number;
  readonly maxInterval?: Duration;
}

export interface Retry {
  readonly attempts: number;
  readonly initialIntervalMs: number;
  readonly backoff: number;
  readonly maxIntervalMs: number;
}

/**
 * @param here names the tool in the error.
 * @throws TypeError that names the field.
 */
export function retryOf(options: RetryOptions = {}, here: string): Retry {
  const { attempts = TOOL_DEFAULTS.attempts, backoff = TOOL_DEFAULTS.backoff } = options;
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 100) {
    throw new TypeError(`${here}: retry.attempts must be an integer of 1 to 100, got ${attempts}`);
  }
  const ms = (value: Duration | undefined, fallback: number, what: string) =>
    value === undefined ? fallback : toMs(value, `${here}: ${what}`);
  const initialIntervalMs = ms(options.initialInterval, TOOL_DEFAULTS.initialIntervalMs, 'retry.initialInterval');
  // A first wait longer than the default longest one raises it; a declared longest one has to hold it.
  const longest = Math.max(TOOL_DEFAULTS.maxIntervalMs, initialIntervalMs);
  const maxIntervalMs = ms(options.maxInterval, longest, 'retry.maxInterval');
  if (maxIntervalMs < initialIntervalMs) {
    throw new TypeError(`${here}: retry.maxInterval must not be shorter than retry.initialInterval`);
  }
  if (!(backoff >= 1 && backoff <= 100)) {
    throw new TypeError(`${here}: retry.backoff must be a number of 1 to 100, got ${backoff}`);
  }
  return { attempts, initialIntervalMs, backoff, maxIntervalMs };
}
