/** Reads the decisions of people from histories, and holds what ran against them: the proof that nothing ran without its approval. */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { DecideRequest, DecideResult } from '../../workflows/contracts';
import { hashOfArguments } from '../../activities/tools/check-input';
import type { SessionRun } from '../../testing/run-chain';
import type { Ran } from './teller';

/** An update `decide` that was taken in, and how it was answered. */
export interface RecordedDecision {
  readonly request: DecideRequest;
  /** Absent where it was refused, or is open. */
  readonly result?: DecideResult;
  /** Type of the failure it was refused with. */
  readonly refusedAs?: string;
}

/** In the order the session took them in, over all its runs. */
export function decisionsIn(runs: readonly Pick<SessionRun, 'history'>[]): readonly RecordedDecision[] {
  return runs.flatMap(({ history }) => {
    const found = new Map<string, RecordedDecision>();
    // Of an update that a reset brought back, the request is only in the event that did so.
    const broughtBack = new Map<string, NonNullable<typeof history.events>[number]>();
    for (const event of history.events ?? []) {
      const admitted = event.workflowExecutionUpdateAdmittedEventAttributes?.request?.meta?.updateId;
      if (admitted) broughtBack.set(admitted, event);
      const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
      const again = broughtBack.get(accepted?.protocolInstanceId ?? '');
      const { input } =
        accepted?.acceptedRequest ?? again?.workflowExecutionUpdateAdmittedEventAttributes?.request ?? {};
      if (input?.name === 'decide') {
        found.set(String(event.eventId), { request: decode(input.args?.payloads?.[0]) as DecideRequest });
      }
      const completed = event.workflowExecutionUpdateCompletedEventAttributes;
      const key = String(completed?.acceptedEventId);
      const decision = found.get(key);
      if (!completed || !decision) continue;
      const { success, failure } = completed.outcome ?? {};
      found.set(key, {
        ...decision,
        ...(success ? { result: decode(success.payloads?.[0]) as DecideResult } : {}),
        ...(failure ? { refusedAs: failure.applicationFailureInfo?.type ?? 'no type' } : {}),
      });
    }
    return [...found.values()];
  });
}

/**
 * What ran against what was decided.
 * @returns a sentence for each call that ran otherwise than people said, or without their word.
 */
export function unapproved(
  ran: readonly Ran[],
  decisions: readonly RecordedDecision[],
  needed: (tool: string) => number,
): readonly string[] {
  const taken = decisions.filter(({ result }) => result?.kind === 'done');
  return ran.flatMap((call) => {
    const count = needed(call.tool);
    if (count === 0) return [];
    const { callId, approvedBy } = call;
    const argsHash = hashOfArguments(call.args);
    if (new Set(approvedBy.map((name) => name.toLowerCase())).size < count)
      return [`${callId} ran approved by ${approvedBy.join(', ') || 'nobody'}, and needs ${count}`];
    return approvedBy.flatMap((name) => {
      if (name === 'policy' && call.tool === 'pay_soon') return [];
      const said = taken.some(({ request, result }) => {
        if (request.by !== name || request.decision === 'reject') return false;
        // Approved was what they had seen.
        if (request.decision === 'approve' && request.argsHash !== result?.argsHash) return false;
        if (request.callId === callId) return result?.argsHash === argsHash;
        const { standing } = request;
        return standing !== undefined && call.args.cents <= (standing.upTo ?? Infinity);
      });
      return said
        ? []
        : [`${callId} ran with the arguments ${argsHash.slice(0, 8)} on the word of ${name}, who never gave it`];
    });
  });
}

function decode(payload: Payload | null | undefined): unknown {
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
}
