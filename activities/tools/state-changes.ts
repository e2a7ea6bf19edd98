/** What a tool changes of its session's state: checked at once, and recorded with the outcome of the call. */
import type { Agent } from '../../agents/define-agent';
import type { StateTaken, ToolState } from '../../agents/tool-context';
import { draftProblem } from '../../workflows/contracts/check-state';
import { inertLine } from '../../workflows/contracts/display';
import { canonicalJson, type Json, type JsonObject } from '../../workflows/contracts/json';
import { mergePatch, type StateDraft } from '../../workflows/contracts/state';
import type { SucceededOutcome } from '../../workflows/contracts/tool';
import { ownPatchProblem } from '../handoff/own-part';
import { messageOf } from './throws';

/** Longest words about what was refused, UTF-16 units: they are told with the result. */
const MAX_PROBLEM = 1_000;

export class StateChanges {
  readonly forTool: ToolState;
  #draft: StateDraft = {};
  readonly #problems: string[] = [];

  /** @param own of the agent's part, when the call began. */
  constructor(agent: Pick<Agent, 'name' | 'state'>, callId: string, own: JsonObject = {}) {
    let value = own;
    const take = (change: (draft: StateDraft) => StateDraft): StateTaken => {
      const draft = change(this.#draft);
      const problem = draftProblem(draft, 'state');
      if (problem !== null) return this.#refuse(problem);
      this.#draft = draft;
      return { ok: true };
    };
    this.forTool = {
      get value() {
        return structuredClone(value);
      },
      patch: (given) => {
        const read = asJson(given);
        if (!read.ok) return this.#refuse(read.problem);
        const problem = ownPatchProblem(agent, value, read.patch);
        if (problem !== null) return this.#refuse(problem);
        const after = mergePatch(value, read.patch);
        // One patch for all of this call's: two merge patches one after the other are not always one.
        const taken = take((draft) => ({ ...draft, own: difference(own, after) }));
        if (taken.ok) value = after;
        return taken;
      },
      establish: (text, source = callId) =>
        take((draft) => ({ ...draft, established: [...(draft.established ?? []), { text, source }] })),
      open: (text) => take((draft) => ({ ...draft, opened: [...(draft.opened ?? []), text] })),
      meet: (id) => take((draft) => ({ ...draft, met: [...(draft.met ?? []), id] })),
      want: (wanted) => take((draft) => ({ ...draft, wanted })),
    };
  }

  /** The fields of an outcome, as it is now. */
  inOutcome(): Pick<SucceededOutcome, 'state' | 'stateProblem'> {
    return {
      ...(Object.keys(this.#draft).length === 0 ? {} : { state: this.#draft }),
      ...(this.#problems.length === 0 ? {} : { stateProblem: inertLine(this.#problems.join('; '), MAX_PROBLEM) }),
    };
  }

  #refuse(problem: string): StateTaken {
    // More than these nobody is told.
    if (this.#problems.length < 10) this.#problems.push(problem);
    return { ok: false, problem };
  }
}

/** The merge patch that makes one value of another. Neither holds a member that is null, which a merge patch cannot make. */
function difference(before: JsonObject, after: JsonObject): JsonObject {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const changed = Object.entries(after).flatMap(([name, value]): (readonly [string, Json])[] => {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (old !== undefined && canonicalJson(old) === canonicalJson(value)) return [];
    return [[name, isObject(old) && isObject(value) ? difference(old, value) : value]];
  });
  return Object.fromEntries([...removed.map((name) => [name, null] as const), ...changed]);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As it will be recorded. */
function asJson(
  given: unknown,
): { readonly ok: true; readonly patch: JsonObject } | { readonly ok: false; readonly problem: string } {
  try {
    const problem = draftProblem({ own: given }, 'state');
    return problem === null
      ? { ok: true, patch: JSON.parse(canonicalJson(given)) as JsonObject }
      : { ok: false, problem };
  } catch (error) {
    return { ok: false, problem: `state.own is not JSON: ${messageOf(error)}` };
  }
}
