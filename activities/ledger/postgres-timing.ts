/** Every bound of the ledger on Postgres, with its reason. All are ms. */

/** Connections of one process. A call holds one for a few ms, a transactional one for as long as its body runs. */
export const POOL_SIZE = 10;

/** An idle connection goes back to the server after a while; a worker that has work keeps those it uses. */
export const IDLE_CONNECTION_MS = 30_000;

/** One statement: longer than the wait for a lock (10 s), which counts as part of it. */
export const STATEMENT_TIMEOUT_MS = 15_000;

/**
 * A transaction whose process does nothing with it: longer than the longest a tool may take (5 s). A process that was stopped in the middle
 * of one would otherwise keep its locks for as long as it sleeps.
 */
export const IDLE_IN_TRANSACTION_MS = 15_000;

/** No answer at all, as on a network that swallows packets: longer than the server's own bound on a statement. */
export const ANSWER_TIMEOUT_MS = 20_000;

/** Others that make the tables, when several processes start at once on an empty database. */
export const MIGRATION_WAIT_MS = 60_000;

/** How long a process that starts waits for a Postgres that is just starting too, before it says that there is none. */
export const OPEN_PATIENCE_MS = 5_000;
export const OPEN_AGAIN_AFTER_MS = 250;

/** How long the end waits for what is under way. */
export const CLOSE_PATIENCE_MS = 10_000;
