/** The acts of people on a session, as updates: checked here as the session will check them, sent, and explained where they fail. */
import { randomUUID } from 'node:crypto';
import {
  checkInterveneRequest,
  checkResolveRequest,
  INTERVENE_UPDATE,
  RESOLVE_UPDATE,
  type Checked,
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
  /** Longest wait, ms; absent: 15 seconds, and 2 minutes for what a tool or a ledger has a part in. */
  readonly timeoutMs?: number;
  /** Who acts, for the record. */
  readonly by?: string;
  readonly reason?: string;
  /** A repeat with the same id is answered without acting again; minted where absent. */
  readonly actId?: string;
}

export interface StopOptions extends ActOptions {
  /** What becomes of what the running turn did; absent: as the agent's definition says. */
  readonly onStop?: OnStop;
}

export type EndOptions = StopOptions;

/** What became of a call that nobody knows the end of. */
export interface ResolveOptions extends ActOptions {
  /** `applied`: it happened; `absent`: it did not, so it is run (again); `give_up`: nobody will find out, the model is told so. */
  readonly as: Resolution;
  /** With `applied`, and only then: what the tool would have returned. */
  readonly result?: Json;
}

/** @throws InvalidRequest before anything is sent; SessionClosed and other HoldfastErrors. */
export function intervene(
  service: Service,
  sessionId: string,
  request: Pick<InterveneRequest, 'act' | 'callId' | 'onStop' | 'bound' | 'amount'>,
  options: ActOptions & { readonly doing: string; readonly timeoutMs: number },
): Promise<InterveneResult> {
  const checked = checkInterveneRequest({ ...common(options), ...request });
  // The server answers a repeat of an update of which it still has the result, even where the session has closed since. Of the id alone: another
  // act under the same one must not be answered with it.
  const updateId =
    checked.ok && request.act !== 'undo'
      ? [checked.value.actId, ...Object.values(request)].filter((part) => part !== undefined).join(' ')
      : randomUUID();
  return act(service, sessionId, INTERVENE_UPDATE, checked, { ...options, updateId });
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
  return act<ResolveRequest, ResolveResult>(service, sessionId, RESOLVE_UPDATE, checked, {
    ...options,
    // Not the act's id: an act that could not be recorded would be answered so for ever.
    updateId: randomUUID(),
    doing: `resolving the call ${callId} of`,
  });
}

function common({ actId = randomUUID(), by, reason }: ActOptions): object {
  return { actId, by, reason };
}

async function act<Request, Result>(
  service: Service,
  sessionId: string,
  update: string,
  checked: Checked<Request>,
  { doing, timeoutMs, updateId }: { readonly doing: string; readonly timeoutMs: number; readonly updateId: string },
): Promise<Result> {
  if (!checked.ok) throw new InvalidRequest(checked.problem);
  const { value } = checked;
  const deadline = service.clock.now() + timeoutMs;
  const handle = service.client.workflow.getHandle(sessionId);
  return overRuns(service, { doing: `${doing} session ${sessionId}`, sessionId }, deadline, () =>
    handle.executeUpdate<Result, [Request]>(update, { args: [value], updateId }),
  );
}
