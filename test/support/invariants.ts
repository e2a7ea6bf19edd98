/**
 * What must hold of a session whatever happened to the processes around it, once they are well again: every message has one
 * stable answer, every call exactly one outcome, the ledger says the same and leaves nothing open, no workflow task fails.
 */
import type { ConversationItem, SendResult } from '../../client';
import type { LedgerCall } from '../../activities/ledger/port';
import type { Stage } from './recovery-stage';
import { readEvidence, type SessionEvidence } from './session-evidence';

/** Requests that one model call may make: the interpreter's attempts. */
const MOST_REQUESTS = 8;

/** Checks one session and returns what it found, for what a test checks beyond. `files`: see WorkerOptions. */
export async function expectInvariants(stage: Stage, sessionId: string, files?: string): Promise<SessionEvidence> {
  const evidence = await readEvidence(stage, sessionId, files);
  const { status, items, calls, failedTasks } = evidence;
  expect({ sessionId, failedTasks }).toEqual({ sessionId, failedTasks: [] });
  expect(['waiting_for_user', 'completed']).toContain(status.status);

  const messages = items.flatMap((item) => (item.kind === 'user' ? [item.messageId] : []));
  expect(messages).toEqual([...new Set(messages)]);
  for (const messageId of messages) {
    expect(await stage.client.session(sessionId).answer(messageId)).toMatchObject({
      kind: 'answered',
      answer: { kind: 'reply', messageId },
    });
  }

  expect(callsAnswered(items)).toEqual(callsAsked(items));
  const open = calls.filter((call) => call.state === 'started');
  expect(open).toEqual([]);
  const rows = calls.filter((call) => call.kind === 'tool');
  expect(outcomesOf(rows)).toEqual(outcomesRecorded(items, rows));
  // Every model call of the conversation is a row with its answer, and no other is.
  const answers = calls.filter((call) => call.kind === 'model').map((call) => call.callId);
  expect(answers.sort()).toEqual([...evidence.modelTurns.keys()].sort());

  for (const [body, count] of requestsByContent(stage)) {
    expect({ body, tooMany: count > MOST_REQUESTS }).toEqual({ body, tooMany: false });
  }
  return evidence;
}

/** How often each request was made: those of the same content are the attempts of one model call, or of calls that are alike. */
export function requestsByContent(stage: Stage): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { body } of stage.model.requests()) {
    const content = body.toString('utf8');
    counts.set(content, (counts.get(content) ?? 0) + 1);
  }
  return counts;
}

/** Sends the message again: the same answer, and no second turn. */
export async function expectSameAnswer(
  stage: Stage,
  sessionId: string,
  message: { readonly text: string; readonly messageId: string },
  first: SendResult,
): Promise<void> {
  const session = stage.client.session(sessionId);
  const { turn } = await session.status();
  expect(await session.send(message, { timeoutMs: 20_000 })).toEqual(first);
  expect((await session.status()).turn).toBe(turn);
}

function callsAsked(items: readonly ConversationItem[]): string[] {
  return items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map((call) => call.id) : [])).sort();
}

function callsAnswered(items: readonly ConversationItem[]): string[] {
  return items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : [])).sort();
}

const byId = (one: readonly [string, unknown], other: readonly [string, unknown]) => (one[0] < other[0] ? -1 : 1);

function outcomesOf(rows: readonly LedgerCall[]) {
  return rows.map((row) => [row.callId, row.outcome] as const).sort(byId);
}

/** Outcomes in the conversation of the calls that have a row. */
function outcomesRecorded(items: readonly ConversationItem[], rows: readonly LedgerCall[]) {
  const ids = new Set(rows.map((row) => row.callId));
  return items
    .flatMap((item) => (item.kind === 'outcome' && ids.has(item.callId) ? [[item.callId, item.outcome] as const] : []))
    .sort(byId);
}
