/** The acts of people on a session, as updates: checked here as the session will check them, sent, and explained where they fail. */
import { randomUUID } from 'node:crypto';
import {
  checkInterveneRequest,
  checkResolveRequest,
  INTERVENE_UPDATE,
  RESOLVE_UPDATE,
  type Checked,
  type InterveneAct,
  type InterveneRequest,
  type InterveneResult,
  type Json,
  type OnStop,
  type Resolution,
  type ResolveRequest,
  type ResolveResult,
} from '../workflows/contracts';
import { InvalidRequest } from './errors';
import { overRuns } from './over-runs';
import type { Service } from './service';

export interface ActOptions {
  /** Longest wait, ms; absent: 15 seconds, and 2 minutes for what a tool, a ledger or a check of a decision has a part in. */
  readonly timeoutMs?: number;
  /** Who acts, for the record. */
  readonly by?: string;
  readonly reason?: string;
  /** A repeat with the same id is answered without acting again; minted where absent. */
  readonly actId?: string;
}

/** An act that is refused unless it says whose it is. */
export interface NamedActOptions extends ActOptions {
  readonly by: string;
}

export interface StopOptions extends ActOptions {
  /** What becomes of what the running turn did; absent: as the agent's definition says. */
  readonly onStop?: OnStop;
}

export type EndOptions = StopOptions;

export interface ExtendOptions extends ActOptions {
  /** Path of the child whose bound it is, as `pending` shows it; absent: a bound of the session's own. */
  readonly child?: string;
}

/** What became of a call that nobody knows the end of. */
export interface ResolveOptions extends ActOptions {
  /** `applied`: it happened; `absent`: it did not, so it is run (again); `give_up`: nobody will find out, the model is told so. */
  readonly as: Resolution;
  /** With `applied`, and only then: what the tool would have returned. */
  readonly result?: Json;
}

/** What an act is, without whose it is and why. */
export type Act = Omit<InterveneRequest, 'actId' | 'by' | 'reason'>;

/**
 * Acts that a closing session may have taken in. The server answers a repeat of an update of which it still has the result, even where the session has
 * closed since; of the id alone: another act under the same one must not be answered with it. Other acts may be refused now and taken later, and a
 * refusal would be answered so for ever.
 */
const ANSWERED_ALIKE: ReadonlySet<InterveneAct> = new Set(['end', 'stop', 'extend']);

/** @throws InvalidRequest before anything is sent; SessionClosed and other HoldfastErrors. */
export function intervene(
  service: Service,
  sessionId: string,
  request: Act,
  options: ActOptions & { readonly doing: string; readonly timeoutMs: number },
): Promise<InterveneResult> {
  const checked = checkInterveneRequest({ ...common(options), ...request });
  const { act, onStop, bound, amount, child } = request;
  const updateId =
    checked.ok && ANSWERED_ALIKE.has(act)
      ? [checked.value.actId, act, onStop, bound, amount, child].filter((part) => part !== undefined).join(' ')
      : randomUUID();
  return sendAct(service, sessionId, INTERVENE_UPDATE, checked, { ...options, updateId });
}

/** @throws as `intervene`; Refused where the call does not wait, or the tool does not take the result. */
export function resolveCall(
  service: Service,
  sessionId: string,
  callId: string,
  options: ResolveOptions & { readonly timeoutMs: number },
): Promise<ResolveResult> {
  const { as, result } = options;
  const checked = checkResolveRequest({ ...common(options), callId, as, result });
  return sendAct<ResolveRequest, ResolveResult>(service, sessionId, RESOLVE_UPDATE, checked, {
    ...options,
    // Not the act's id: an act that could not be recorded would be answered so for ever.
    updateId: randomUUID(),
    doing: `resolving the call ${callId} of`,
  });
}

function common({ actId = randomUUID(), by, reason }: ActOptions): object {
  return { actId, by, reason };
}

/**
 * Sends an act that was checked, over the session's runs.
 * @param how `doing` in words, before "session s1".
 * @throws InvalidRequest for what did not pass the check, before anything is sent; and other HoldfastErrors.
 */
export async function sendAct<Request, Result>(
  service: Service,
  sessionId: string,
  update: string,
  checked: Checked<Request>,
  how: { readonly doing: string; readonly timeoutMs: number; readonly updateId: string },
): Promise<Result> {
  if (!checked.ok) throw new InvalidRequest(checked.problem);
  const { value } = checked;
  const { doing, timeoutMs, updateId } = how;
  const deadline = service.clock.now() + timeoutMs;
  const handle = service.client.workflow.getHandle(sessionId);
  return overRuns(service, { doing: `${doing} session ${sessionId}`, sessionId }, deadline, () =>
    handle.executeUpdate<Result, [Request]>(update, { args: [value], updateId }),
  );
}
