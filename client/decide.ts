/** Decisions on calls that wait for approval, signed where a signer is given. */
import { createHash, randomUUID } from 'node:crypto';
import {
  canonicalJson,
  checkDecideRequest,
  DECIDE_UPDATE,
  type ClaimedDecision,
  type DecideRequest,
  type DecideResult,
  type Decision,
  type JsonObject,
  type PendingItem,
  type StandingScope,
} from '../workflows/contracts';
import { InvalidRequest } from './errors';
import { childSessionId, splitCallId } from './family';
import type { Service } from './service';
import { sendAct, type NamedActOptions } from './session-acts';

/** Makes a compact JWS over the claims, with the key of whoever decides. */
export type DecisionSigner = (claims: ClaimedDecision) => Promise<string>;

/** A decision on one call; `by` is who decides, `reason` is told to the model with `reject`. */
export interface DecideOptions extends NamedActOptions {
  readonly decision: Decision;
  /** `argsHash` of what was seen, as `pending` shows it: where other arguments wait by now, the decision is refused. */
  readonly argsHash: string;
  /** With `edit`, and only then: the arguments to run with. */
  readonly args?: JsonObject;
  /** With `approve` and `edit`: it holds for later calls of this tool in this session too, up to an amount where one is given. */
  readonly standing?: StandingScope;
  /** Signs the decision; needed where the worker knows keys (`HOLDFAST_APPROVERS`). */
  readonly signer?: DecisionSigner;
  /** In place of `signer`: a compact JWS that was made elsewhere, over this very decision with this `actId`. */
  readonly signature?: string;
}

export type ApproveOptions = Omit<DecideOptions, 'decision' | 'args'>;
export type RejectOptions = Omit<DecideOptions, 'decision' | 'args' | 'standing'>;

/**
 * @param waiting reads what waits of the call: a signature covers what only the session knows.
 * @throws InvalidRequest before anything is sent; AlreadyDecided, StaleDecision, NotAuthorized, Refused and other HoldfastErrors.
 */
export async function decideCall(
  service: Service,
  sessionId: string,
  callId: string,
  options: DecideOptions & { readonly timeoutMs: number },
  waiting: () => Promise<PendingItem | undefined>,
): Promise<DecideResult> {
  const { actId = randomUUID(), decision, argsHash, args, standing, by, reason, signer } = options;
  const decided = { actId, callId, decision, argsHash, args, standing, by, reason };
  const checked = checkDecideRequest({ ...decided, signature: options.signature });
  if (checked.ok && signer && options.signature !== undefined)
    throw new InvalidRequest('decide takes a signer or a signature, not both');
  const signature = checked.ok && signer ? await sign(sessionId, checked.value, signer, waiting) : options.signature;
  return sendAct<DecideRequest, DecideResult>(
    service,
    sessionId,
    DECIDE_UPDATE,
    signature === options.signature ? checked : checkDecideRequest({ ...decided, signature }),
    {
      timeoutMs: options.timeoutMs,
      // Not the act's id: a decision that could not be checked would be answered so for ever.
      updateId: randomUUID(),
      doing: `deciding on the call ${callId} of`,
    },
  );
}

/**
 * A signature is about the session that asks: for a call of a child that is the child, whose worker verifies it, and the id that the call has there. Undefined where
 * the call does not wait: the session then says what became of it, signed or not.
 */
async function sign(
  sessionId: string,
  request: DecideRequest,
  signer: DecisionSigner,
  waiting: () => Promise<PendingItem | undefined>,
): Promise<string | undefined> {
  const approval = (await waiting())?.approval;
  if (!approval) return undefined;
  const { actId, decision, argsHash, args, standing, reason, by } = request;
  const { child, callId } = splitCallId(request.callId);
  return signer({
    session: child === undefined ? sessionId : childSessionId(sessionId, child),
    key: approval.keyNamespace,
    call: callId,
    tool: approval.terms.toolHash,
    argsHash,
    decision,
    ...(args === undefined ? {} : { edited: createHash('sha256').update(canonicalJson(args)).digest('hex') }),
    ...(standing === undefined ? {} : { standing }),
    ...(reason === undefined ? {} : { reason }),
    by,
    act: actId,
  });
}
