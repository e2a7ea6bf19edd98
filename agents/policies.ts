/**
 * Defaults of what agents and tools may declare, each with its reason. Numbers for the interpreter's own activities are in
 * workflows/session/activity-options.ts.
 */
import type { SessionPolicy } from '../workflows/contracts/model';

/** How a process is tuned: `dev` notices a dead worker in seconds, `production` does not mistake load for death. */
export type Profile = 'dev' | 'production';

/** Heartbeat timeout of tool and model calls, ms: how soon a dead worker's call is taken over. Measured: 3 s resumes after about 5 s. */
export const HEARTBEAT_MS: Readonly<Record<Profile, number>> = { dev: 3_000, production: 10_000 };

export const TOOL_DEFAULTS = {
  /** Long enough for a slow HTTP API, short enough that a stuck call is noticed within the user's patience. */
  startToCloseMs: 60_000,
  /** Failures of the body, the first included. */
  attempts: 3,
  initialIntervalMs: 500,
  backoff: 2,
  maxIntervalMs: 10_000,
  /** A rolling deploy is over by then. */
  rolloutWindowMs: 600_000,
  /** About 8,000 tokens: more of one result than any model should be shown unasked. */
  maxResultBytes: 32 * 1024,
  /** Stripe, for one, forgets idempotency keys after 24 h. */
  keyValidForMs: 86_400_000,
} as const;

export const SESSION_POLICY_DEFAULTS: SessionPolicy = {
  steps: 10,
  repairs: 3,
  parallelCalls: 8,
};

/** How long a person is asked about a bound before the turn ends with what it has, ms: over a night, not over a weekend. */
export const DEFAULT_ASK_MS = 86_400_000;

/** Longest one request to a model may take, ms: an attempt of `model.call` has 10 minutes, and its answer must still be recorded. */
export const MAX_MODEL_TIMEOUT_MS = 540_000;

/** Tokens that a session's state may take in a request: some 60 entries, and less than most system prompts. */
export const STATE_TOKENS = 1_500;

/** Children that may be begun in one step: as many as calls at once by default. */
export const MAX_PARALLEL_CHILDREN = 8;

/** How often the user may be handed over: there and back three times a turn is more than anybody takes for help. */
export const HANDOFF_LIMITS = { turn: 6, session: 30 } as const;
