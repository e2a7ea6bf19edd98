/** What no family may have, whatever happened to it. */
import { HoldfastError, type Session } from '../../client';
import { defaultPayloadConverter } from '@temporalio/common';
import { familyRunsOf, type SessionRun } from '../../testing/run-chain';
import {
  MODEL_CALL_ACTIVITY,
  MODEL_SETTLE_ACTIVITY,
  type CutOffRequest,
  type ModelSettleReport,
  type ModelTurn,
  type SessionResult,
} from '../../workflows/contracts';
import { activities, failedTasksUnforced, type RecordedActivity } from '../session/history';
import { eventually } from '../session/stage';
import { model, stage, type Talk } from './cast';
import { orphans } from './cast-model';

export interface Inspection {
  /** True: somebody was ended from outside before it could say what it did. */
  readonly cutOff?: true;
}

/**
 * Ends the session where it is open, and looks for what no family may have: a failed workflow task, a call without its one outcome, a message without an answer,
 * a request with a call that nobody answered, a child that goes on without its parent, a history that does not replay, a model call that is not in the bill.
 */
export async function inspect(
  { session, patienceMs }: Talk,
  { cutOff }: Inspection = {},
): Promise<readonly SessionRun[]> {
  await session.end({ by: 'the test' }).catch((error: unknown) => expect(error).toBeInstanceOf(HoldfastError));
  await session.result({ timeoutMs: patienceMs }).catch((error: unknown) => {
    expect(error).toBeInstanceOf(HoldfastError);
  });
  const ids = new Set((await familyRunsOf(stage.temporal, session.id)).map(({ workflowId }) => workflowId));
  await Promise.all([...ids].map(closed));
  const runs = await familyRunsOf(stage.temporal, session.id);
  for (const { workflowId, history } of runs) {
    const failed = failedTasksUnforced(history);
    expect({ workflowId, failed }).toEqual({ workflowId, failed: [] });
  }
  // Each of these asks a worker to go through histories, on threads of their own: they wait for one another no more than they have to.
  const [replayed] = await Promise.all([
    stage.replayAll(runs.map(({ runId: workflowId, history }) => ({ workflowId, history }))),
    cutOff ? undefined : billed(session, runs, patienceMs),
    ...[...ids].map(async (id) => {
      const begun = runs.some(({ workflowId, history }) => workflowId === id && isBegun(history));
      if (!begun) return;
      const path = id.slice(session.id.length + 1);
      const result = resultOf(runs.findLast(({ workflowId }) => workflowId === id));
      const whose = path === '' ? session : session.child(path);
      await eachHasOneEnd(whose, patienceMs, { cutOff, handedOver: result?.reason === 'handing_over' });
    }),
  ]);
  expect(replayed).toEqual({});
  expect(orphans(model.asked)).toEqual([]);
  expect(model.left()).toEqual([]);
  return runs;
}

function closed(workflowId: string): Promise<true> {
  return eventually(`${workflowId} to close`, async () => {
    const { status } = await stage.temporal.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' ? undefined : true;
  });
}

/** False for a child that no worker ever got to. */
function isBegun({ events }: SessionRun['history']): boolean {
  return (events ?? []).some((event) => event.workflowTaskCompletedEventAttributes);
}

function resultOf(run: SessionRun | undefined): SessionResult | undefined {
  const { workflowExecutionCompletedEventAttributes: completed } = run?.history.events?.at(-1) ?? {};
  const [payload] = completed?.result?.payloads ?? [];
  return payload ? defaultPayloadConverter.fromPayload<SessionResult>(payload) : undefined;
}

/**
 * Each call has one outcome, and each message its answer. Of a session that was terminated some may have none.
 * @param timeoutMs for each question.
 * @param how `handedOver`: its last message was handed on with the user.
 */
async function eachHasOneEnd(
  session: Session,
  timeoutMs: number,
  how: Inspection & { readonly handedOver: boolean },
): Promise<void> {
  const { id } = session;
  const { cutOff, handedOver } = how;
  const items = await session.wholeTranscript({ timeoutMs });
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map((call) => call.id) : []));
  const ended = items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
  expect({ id, ended: [...new Set(ended)] }).toEqual({ id, ended });
  if (!cutOff) expect({ id, ended: ended.sort() }).toEqual({ id, ended: asked.sort() });
  const messages = items.filter((item) => item.kind === 'user');
  if (cutOff) return;
  await Promise.all(
    (handedOver ? messages.slice(0, -1) : messages).map(async ({ messageId: message }) => {
      const { kind } = await session.answer(message, { timeoutMs });
      expect({ id, message, kind }).toEqual({ id, message, kind: 'answered' });
    }),
  );
}

/** The first session's usage is what all histories of the family say was used, to the micro-dollar. */
async function billed(session: Session, runs: readonly SessionRun[], timeoutMs: number): Promise<void> {
  const requests = runs.flatMap(({ history }) => {
    const made = activities(history);
    // A call that was broken off is settled; an answer of it that came later is nobody's.
    return made.flatMap((activity) =>
      made.some(({ id }) => id === `${activity.id}.settle`) ? [] : requestsOf(activity),
    );
  });
  expect(await session.usage({ timeoutMs })).toMatchObject({
    modelCalls: requests.length,
    inputTokens: sumOf(requests, ({ usage }) => usage.inputTokens),
    outputTokens: sumOf(requests, ({ usage }) => usage.outputTokens),
    microUsd: sumOf(requests, ({ cost }) => (cost.kind === 'priced' ? cost.microUsd : 0)),
  });
}

type Request = Pick<CutOffRequest, 'usage' | 'cost'>;

/** What an activity asked of a model: the answers that were taken, and requests whose answer was lost. */
function requestsOf({ type, result, failure }: RecordedActivity): readonly Request[] {
  if (type !== MODEL_CALL_ACTIVITY && type !== MODEL_SETTLE_ACTIVITY) return [];
  const { cutOff = [] } = (result ?? failure ?? {}) as { readonly cutOff?: readonly Request[] };
  if (type === MODEL_SETTLE_ACTIVITY) {
    const { answered } = (result ?? {}) as ModelSettleReport;
    return [...cutOff, ...(answered ? [answered] : [])];
  }
  const turn = result as ModelTurn | undefined;
  const sent = turn && turn.decision.kind !== 'limit' && turn.decision.kind !== 'refuse';
  return [...cutOff, ...(sent ? [{ usage: turn.usage, cost: turn.billed }] : [])];
}

function sumOf(requests: readonly Request[], count: (request: Request) => number): number {
  return requests.reduce((sum, request) => sum + count(request), 0);
}
