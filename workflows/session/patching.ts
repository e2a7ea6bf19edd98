/** The act patch_state: a person changes what the session is about. What is of the agent's own part is checked by a worker first. Plain code. */
import type { StateCheckInput, StateCheckReport } from '../contracts/activities';
import type { InterveneRequest, InterveneResult } from '../contracts/messages';
import { actor, inWords, refused } from './act-words';
import type { Refusal } from './mailbox';
import { apply, type SessionState } from './session-state';
import { applyDraft, keepsState } from './state-items';

export interface PatchingDeps {
  readonly now: () => number;
  /** Never rejects but for bugs: what could not be checked is refused. */
  readonly checkState: (input: StateCheckInput) => Promise<StateCheckReport>;
}

/** Why the state cannot be changed; null where it can. */
export function patchRefusal(state: SessionState): string | null {
  return keepsState(state)
    ? null
    : `the agent ${state.input.agent} keeps no state, or has not been asked anything yet: only one that declares state, handoffs or delegates does`;
}

/** @returns a refusal where nothing was changed. @param done called once, when the change takes effect. */
export function patchState(
  state: SessionState,
  request: InterveneRequest,
  deps: PatchingDeps,
  done: () => InterveneResult,
): InterveneResult | Refusal | Promise<InterveneResult | Refusal> {
  const { patch = {} } = request;
  if (patch.own === undefined) return take(state, request, deps, done);
  const { sessionId, input, doc } = state;
  return deps
    .checkState({ agent: input.agent, sessionId, own: doc.own, patch: patch.own })
    .then((end) =>
      end.kind === 'refused' ? refused(`nothing was changed: ${end.problem}`) : take(state, request, deps, done),
    );
}

function take(
  state: SessionState,
  request: InterveneRequest,
  { now }: PatchingDeps,
  done: () => InterveneResult,
): InterveneResult | Refusal {
  const { actId, patch = {} } = request;
  const by = actor(request);
  const end = applyDraft(state, patch, { kind: 'person', actId, by }, now());
  if (end.kind === 'refused') return refused(`nothing was changed: ${end.problem}`);
  const text = inWords("what you know of this session's state was changed", request);
  apply(state, { kind: 'note_added', reason: 'state_patched', text, by }, now());
  return done();
}
