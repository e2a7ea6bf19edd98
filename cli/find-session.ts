/** Sessions and calls by the beginning of their ids, as people type them. */
import { SessionNotFound, type ReadStoredPart, type Session, type SessionClient } from '../client';
import { splitChildId } from '../client/family';
import { withClient, type ConnectionFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';

/** Fewer characters are taken for no id: too many begin so, and an act would hit whichever happens to be the only one. */
const LEAST_PREFIX = 4;
/** Most candidates that a refusal names. */
const MOST_NAMED = 10;

/**
 * Connects, finds the session and does `work` on it. That it was found by the beginning of its id is said on stderr.
 * @param readStoredPart for commands that read conversations.
 */
export function withSession<T>(
  sessionText: string,
  flags: ConnectionFlags,
  io: Io,
  work: (session: Session, client: SessionClient) => Promise<T>,
  readStoredPart?: ReadStoredPart,
): Promise<T> {
  return withClient(
    flags,
    async (client) => {
      const session = await findSession(client, sessionText);
      if (session.id !== sessionText) writeLine(io.stderr, `session ${session.id}`);
      return work(session, client);
    },
    readStoredPart,
  );
}

/**
 * @param text an id, or the beginning of one that no other session has.
 * @throws UsageError that names the candidates where there are several; SessionNotFound and other HoldfastErrors.
 */
export async function findSession(client: SessionClient, text: string): Promise<Session> {
  const child = splitChildId(text);
  if (child) {
    throw new UsageError(
      `${text} is a child of the session ${child.first}: give that one, and --child ${child.path} where the command takes it (transcript, state, extend)`,
    );
  }
  const session = client.session(text);
  try {
    await session.firstRunId();
    return session;
  } catch (error) {
    if (!(error instanceof SessionNotFound) || text.length < LEAST_PREFIX) throw error;
    const found = await client.listSessions({ idPrefix: text, limit: MOST_NAMED + 1 });
    const [first, second] = found;
    if (first === undefined) throw error;
    if (second === undefined) return client.session(first.sessionId);
    throw ambiguous(
      'session',
      text,
      found.map(({ sessionId }) => sessionId),
    );
  }
}

/**
 * @param ids of calls that it may be.
 * @returns the one that begins with `text`; `text` itself where none does, for the session to say what it is.
 * @throws UsageError that names the candidates where there are several.
 */
export function findCall(text: string, ids: Iterable<string>): string {
  const found = [...new Set(ids)].filter((id) => id.startsWith(text));
  if (found.includes(text)) return text;
  // `t1.s1.c1` is a beginning of `t1.s1.c10-…` too, and means the first.
  const exact = found.filter((id) => id.startsWith(`${text}-`));
  const [only, second] = exact.length === 1 ? exact : found;
  if (second !== undefined) throw ambiguous('call', text, found);
  return only ?? text;
}

function ambiguous(what: string, text: string, ids: readonly string[]): UsageError {
  const more = ids.length > MOST_NAMED ? ', …' : '';
  return new UsageError(
    `several ${what}s begin with ${text}: ${ids.slice(0, MOST_NAMED).join(', ')}${more}; give more of the id`,
  );
}
