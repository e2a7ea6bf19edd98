/** Every wait of the dev server's code, in milliseconds, with its reason. */

/** `temporal --version`: 0.1 s when idle; a machine that compiles on all cores at the same time needs seconds. */
export const VERIFY_BINARY_MS = 30_000;

/** The SDK's download must have begun by then: offline machines often drop packets instead of refusing, and then nothing else ends the wait. */
export const DOWNLOAD_FIRST_BYTE_MS = 15_000;
/** A download that has begun and no longer grows is given up. */
export const DOWNLOAD_STALL_MS = 15_000;

/** A build takes 3 to 4 minutes on 2 idle cores; past this it hangs (a module proxy that never answers, for one). */
export const BUILD_LIMIT_MS = 40 * 60_000;
/** How often a build or a download says that it is still going. */
export const PROGRESS_EVERY_MS = 5_000;

/** The owner of the cache's lock touches it this often. */
export const LOCK_HEARTBEAT_MS = 2_000;
/** A lock that was not touched for so long belongs to nobody, whatever its pid says (pids are used again; the owner may be on another host). */
export const LOCK_STALE_MS = 30_000;
/** How often a waiting process looks whether the lock is gone. */
export const LOCK_POLL_MS = 200;

/** From spawn to the first good answer: 0.2 to 0.6 s when idle, 5 s seen under full load. */
export const SERVER_READY_MS = 60_000;
/** How often a starting server is asked. */
export const SERVER_POLL_MS = 50;
/** Whether what listens on a taken port is a Temporal server; only the wording of an error hangs on it. */
export const SERVER_PROBE_MS = 1_500;
/** One request to a server on this machine. */
export const SERVER_REQUEST_MS = 5_000;
/** From SIGTERM to SIGKILL. */
export const SERVER_STOP_MS = 10_000;
