/** What the activity of a tool is given. Plain code. */
import type { ToolCallInput } from '../contracts/tool';
import type { Approved, RunnableCall } from './running-step';
import type { SessionState } from './session-state';
import { onBehalfOf, rootOf } from './on-behalf-of';

/** @param approved set where people had to approve the call: `call` has the arguments that they approved. */
export function toolInput(state: SessionState, call: RunnableCall, approved: Approved | undefined): ToolCallInput {
  const { agent } = state.input;
  return {
    agent,
    tool: call.tool,
    callId: call.id,
    turn: state.turn,
    step: state.step,
    sessionId: state.sessionId,
    keyNamespace: state.keyNamespace,
    ...rootOf(state),
    ...onBehalfOf(state),
    ...(call.policy.usesState ? { own: state.doc.own } : {}),
    args: call.args,
    argsHash: call.argsHash,
    policy: call.policy,
    ...(call.ledger === undefined ? {} : { ledger: call.ledger, asksPerson: true }),
    ...(approved ? { approved: { toolHash: approved.toolHash, by: approved.by, at: approved.at } } : {}),
  };
}
