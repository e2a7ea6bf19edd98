/** The session's state while an answer is planned: each of its changes is held against what those before it make of the state. */
import type { Agent } from '../../agents/define-agent';
import { draftProblem, stateSizeProblem, unknownIdProblem } from '../../workflows/contracts/check-state';
import type { JsonObject } from '../../workflows/contracts/json';
import { EMPTY_STATE, withChange, type StateDoc, type StateDraft } from '../../workflows/contracts/state';
import { ownPatchProblem } from '../handoff/own-part';

export class PlannedState {
  /** Without what the answer itself adds, whose ids are not minted yet: for the ids that it may name. */
  #known: StateDoc;
  /** With it: for the size. */
  #whole: StateDoc;
  #added = 0;
  readonly #agent: Agent;
  readonly #now: number;

  constructor({
    agent,
    now,
    state = EMPTY_STATE,
  }: {
    readonly agent: Agent;
    readonly now: number;
    readonly state?: StateDoc;
  }) {
    this.#agent = agent;
    this.#now = now;
    this.#known = state;
    this.#whole = state;
  }

  get own(): JsonObject {
    return this.#known.own;
  }

  /** Takes a change in. @returns why it is not taken, in words; then nothing is changed. Never throws. */
  take(draft: StateDraft): string | null {
    const problem =
      draftProblem(draft, 'the change') ??
      unknownIdProblem(this.#known, draft) ??
      (draft.own === undefined ? null : ownPatchProblem(this.#agent, this.own, draft.own));
    if (problem !== null) return problem;
    const whole = this.#with(draft);
    const size = stateSizeProblem(whole, this.#whole);
    if (size !== null) return size;
    this.#whole = whole;
    const { own, wanted, refuted, met } = draft;
    this.#known = withChange(this.#known, { own, wanted, refuted, met });
    return null;
  }

  #with({ own, wanted, established = [], refuted, opened = [], met }: StateDraft): StateDoc {
    const id = (): string => `planned${(this.#added += 1)}`;
    return withChange(this.#whole, {
      own,
      wanted,
      refuted,
      met,
      established: established.map((fact) => ({ ...fact, id: id(), since: this.#now })),
      owed: opened.map((text) => ({ id: id(), text, by: this.#agent.name, since: this.#now })),
    });
  }

  /** Whether a handoff, or a result, of this answer was taken: there is one of each at most. */
  readonly taken = { transfer: false, result: false };
}
