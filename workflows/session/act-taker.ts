/** The acts of people, taken in or refused: the same whether they come by update, by signal, or from a parent. Plain code. */
import type {
  DecideRequest,
  DecideResult,
  InterveneRequest,
  InterveneResult,
  ResolveRequest,
  ResolveResult,
} from '../contracts/messages';
import type { Approvals } from './approvals';
import type { Interventions } from './interventions';
import type { Refusal } from './mailbox';
import type { Unresolved } from './unresolved';

type End<T> = T | Refusal | Promise<T | Refusal>;

export interface ActTaker {
  readonly decide: (request: DecideRequest) => End<DecideResult>;
  readonly resolve: (request: ResolveRequest) => End<ResolveResult>;
  readonly intervene: (request: InterveneRequest) => End<InterveneResult>;
}

/** Takes acts of the session's own, each looked at before. */
export function ownActs(parts: {
  readonly approvals: Pick<Approvals, 'refusal' | 'decide'>;
  readonly unresolved: Pick<Unresolved, 'refusal' | 'resolve'>;
  readonly interventions: Pick<Interventions, 'refusal' | 'intervene'>;
}): ActTaker {
  const { approvals, unresolved, interventions } = parts;
  return {
    decide: (request) => approvals.refusal(request) ?? approvals.decide(request),
    resolve: (request) => unresolved.refusal(request) ?? unresolved.resolve(request),
    intervene: (request) => interventions.refusal(request) ?? interventions.intervene(request),
  };
}
