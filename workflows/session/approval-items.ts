/** Calls that wait for approval, as people are shown them. Plain code. */
import type { PendingItem } from '../contracts/messages';
import { DECIDE_UPDATE } from '../contracts/names';
import { deadlineOf } from './approval-stages';
import { termsOf, type AskedCall } from './running-step';
import type { SessionState } from './session-state';
import { shownArgs, shownWords, type Share } from './waiting-call';

/** @param share how much of long arguments and words is shown. */
export function approvalItem({ turn, step, keyNamespace }: SessionState, asked: AskedCall, share: Share): PendingItem {
  const { call, approving } = asked;
  const { since, stage, stageSince, approvedBy, edited } = approving;
  const { args, argsHash, summary } = edited ?? call;
  const terms = termsOf(call, approving);
  const until = deadlineOf(asked);
  return {
    kind: 'approval',
    id: call.id,
    summary,
    since,
    unblockedBy: DECIDE_UPDATE,
    ...(until === undefined ? {} : { until }),
    approval: {
      callId: call.id,
      tool: call.tool,
      turn,
      step,
      args: shownArgs(args, share.args),
      argsHash,
      effect: call.policy.effect,
      ...(call.policy.compensates ? { compensates: true } : {}),
      terms: { ...terms, reason: shownWords(terms.reason, share.words) },
      stage,
      stageSince,
      approvedBy,
      ...(edited ? { editedBy: edited.by } : {}),
      keyNamespace,
    },
  };
}
