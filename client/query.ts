/** Questions to a session: answered by its newest run, or by an earlier one that is named. */
import { isPlainObject } from '../workflows/contracts';
import { BadConfig } from './errors';
import { callService, QUERY_TRY_MS, type Service } from './service';

export interface Question {
  /** Of the query. */
  readonly name: string;
  /** In words, before "session s1": `reading the status of`. */
  readonly doing: string;
  /** ms since the epoch. */
  readonly deadline: number;
  readonly argument?: unknown;
  /** Absent: the newest run. */
  readonly runId?: string;
}

/** @throws HoldfastError */
export async function querySession<T>(service: Service, sessionId: string, question: Question): Promise<T> {
  const { name, doing, deadline, argument, runId } = question;
  const handle = service.client.workflow.getHandle(sessionId, runId);
  const answer = await callService(
    service,
    { doing: `${doing} session ${sessionId}`, sessionId },
    deadline,
    () => (argument === undefined ? handle.query<T>(name) : handle.query<T, [unknown]>(name, argument)),
    QUERY_TRY_MS,
  );
  return assertDecoded(answer, sessionId);
}

/** The payload converter never fails; what it could not decode is told here. @throws BadConfig */
export function assertDecoded<T>(value: T, sessionId: string): T {
  if (isPlainObject(value) && '$undecodable' in value) {
    throw new BadConfig(
      `what session ${sessionId} answers cannot be decoded; give this client the same payload codecs as the worker`,
    );
  }
  return value;
}
