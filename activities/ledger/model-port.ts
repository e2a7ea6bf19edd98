/** What the ledger does for model calls: said before they are made, recorded before they are reported. Every method may throw `LedgerUnavailable`. */
import type { Json } from '../../workflows/contracts/json';

/**
 * Nobody waits for an answer, and no request may be made: the call was closed for this workflow run (`closeModelCall`), or a later attempt has asked.
 */
export class ModelCallClosed extends Error {
  override readonly name = 'ModelCallClosed';
}

/** A request to a model that is about to be made. */
export interface BeginModelCall {
  /** `<namespace>/<call id>`, or a branch of one (`branchKeyOf`). */
  readonly callKey: string;
  readonly attempt: number;
  readonly owner: string;
  /** What it may cost at most, as `cutOff` lists it later. */
  readonly estimate: Json;
  /** Of the workflow whose activity asks. */
  readonly run?: string;
  /** Begins only where so many requests are listed, so that no two attempts spend the same allowance; -1: never. Absent: whatever is listed. */
  readonly after?: number;
}

/** A request of an attempt that left no answer. */
export interface CutOffAttempt {
  readonly attempt: number;
  /** What the attempt said it would cost at most, as JSON given to `beginModelCall`. */
  readonly estimate: Json;
}

export type ModelCallClaim =
  /** An earlier attempt recorded the answer: report it, do not ask again. `cutOff` lists the attempts that asked as well. */
  | {
      readonly kind: 'recorded';
      readonly answer: Json;
      readonly attempt: number;
      readonly cutOff: readonly CutOffAttempt[];
    }
  /** Ask the model. `cutOff` lists earlier attempts without an answer. */
  | { readonly kind: 'run'; readonly cutOff: readonly CutOffAttempt[] }
  /** Not begun, and nothing written: the requests listed are not as many as `after` says. */
  | { readonly kind: 'listed'; readonly cutOff: readonly CutOffAttempt[] };

export interface ModelCallLedger {
  /** Commits that a request is about to be made at `estimate`, unless the answer is recorded already. @throws ModelCallClosed */
  beginModelCall(call: BeginModelCall): Promise<ModelCallClaim>;
  /** Commits the answer. The first recorded answer stays: a later one is ignored and the first returned. */
  recordModelCall(call: { callKey: string; attempt: number; answer: Json }): Promise<Json>;
  /** The provider refused the attempt's request and charges nothing for it: it is not listed in `cutOff` later. */
  dropModelCall(call: { callKey: string; attempt: number }): Promise<void>;
  /**
   * Closes a call that a workflow run waits for no more: after it no attempt of that run begins a request, not even one that was on its way.
   * Another run of the session, after a reset, may ask again. May be repeated.
   * @returns requests without an answer, and the answer where one was recorded.
   */
  closeModelCall(call: {
    callKey: string;
    run: string;
    owner: string;
  }): Promise<{ readonly cutOff: readonly CutOffAttempt[]; readonly answer?: Json }>;
}
