/** What a child workflow is begun with. Plain code. */
import type { ChildContract, Grants, ResultContract, Slice } from '../contracts/handoff';
import type { JsonObject } from '../contracts/json';
import type { SendRequest } from '../contracts/messages';
import type { SessionInput } from '../contracts/session';
import { EMPTY_STATE } from '../contracts/state';
import type { ChildRecord } from './children';
import { narrowed } from './grants';
import { onBehalfOf } from './on-behalf-of';
import type { SessionState } from './session-state';
import { grantedAgain } from './slices';

export function childInput(state: SessionState, record: ChildRecord): SessionInput {
  const { input, keyNamespace } = state;
  const { child, agent, role, request, carry, contract } = record;
  const { onLimit, askMs } = input.limits ?? {};
  return {
    v: 1,
    agent,
    mode: role === 'delegate' ? 'task' : 'conversation',
    ...onBehalfOf(state),
    // Found by its parent: among what is indexed it would stand for a session of its own.
    searchAttributes: [],
    keyNamespace: `${keyNamespace}/${child}`,
    ...(input.messages === undefined ? {} : { messages: input.messages }),
    ...(input.heartbeatMs === undefined ? {} : { heartbeatMs: input.heartbeatMs }),
    ...(input.continueAfter === undefined ? {} : { continueAfter: input.continueAfter }),
    ...(onLimit === undefined ? {} : { limits: { onLimit, ...(askMs === undefined ? {} : { askMs }) } }),
    ...(carry ? { carry } : request ? { message: request } : {}),
    // The state of one that is begun again is in its carry.
    child: carry ? { ...contract, state: EMPTY_STATE } : contract,
  };
}

/** A user's message for another agent than the one that it was sent to. */
export function forAnother({ messageId, text }: SendRequest): SendRequest {
  return { messageId, text };
}

/** The message that runs, for another agent, with all that the user wrote since and that joined the turn. */
export function runningMessage({ active, steered, items }: SessionState): SendRequest | undefined {
  if (!active) return undefined;
  const joined = items.filter((item) => item.kind === 'user' && steered.includes(item.messageId));
  const { messageId, text } = forAnother(active);
  return { messageId, text: [text, ...joined.map((item) => (item.kind === 'user' ? item.text : ''))].join('\n\n') };
}

/** The record of a child that is begun again with its carry. @param refused what became of the call by which it had wanted to hand over. */
export function begunAgain(state: SessionState, record: ChildRecord, refused: ChildContract['refused']): ChildRecord {
  const { proposal: _, ...rest } = record;
  const { refused: __, announce: ___, slice: ____, ...contract } = record.contract;
  const granted = grantedAgain(state, record);
  const begun = record.begun + 1;
  return {
    ...rest,
    phase: 'open',
    begun,
    granted,
    contract: {
      ...contract,
      begun,
      ...(Object.keys(granted).length === 0 ? {} : { slice: granted }),
      ...(refused ? { refused } : {}),
    },
  };
}

/** What differs between handing over and asking for something. */
export interface Terms {
  readonly role: ChildContract['role'];
  readonly callId: string;
  readonly from: string;
  readonly back?: string;
  readonly brief: JsonObject;
  readonly own?: JsonObject;
  readonly grants?: Grants;
  /** Of whoever hands over: a child's own, where it was a child. */
  readonly senderGrants?: Grants;
  readonly slice: Slice;
  readonly result?: ResultContract;
  readonly announce?: true;
}

/** The contract of the next child. */
export function contractFor(state: SessionState, terms: Terms): ChildContract {
  const { input, sessionId, family, doc } = state;
  const { role, callId, from, back, brief, own = {}, slice, result, announce } = terms;
  const { child: ours } = input;
  const name = `h${family.next}`;
  const grants = narrowed(narrowed(ours?.grants, terms.senderGrants), terms.grants);
  return {
    role,
    path: ours ? `${ours.path}/${name}` : name,
    root: ours?.root ?? sessionId,
    from,
    ...(back === undefined ? {} : { back }),
    callId,
    depth: (ours?.depth ?? 0) + (role === 'delegate' ? 1 : 0),
    brief,
    state: { ...doc, own },
    ...(grants ? { grants } : {}),
    ...(Object.keys(slice).length === 0 ? {} : { slice }),
    ...(result ? { result } : {}),
    ...(announce ? { announce } : {}),
  };
}
