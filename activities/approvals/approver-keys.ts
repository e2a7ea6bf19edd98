/** Those whose signatures a worker knows. */
import type { KeyObject } from 'node:crypto';
import type { DECISION_ALGORITHMS } from '../../workflows/contracts/decision-claims';

export interface ApproverKey {
  /** As it stands in signatures (`kid`) and in the record. */
  readonly name: string;
  readonly roles: readonly string[];
  /** The one algorithm that this key is for: a token does not choose. */
  readonly alg: (typeof DECISION_ALGORITHMS)[number];
  /** Public. */
  readonly key: KeyObject;
}

/** By name. */
export type ApproverKeys = ReadonlyMap<string, ApproverKey>;
