/** The own part of the state that another agent is given: made of the sender's, and held against the other's schema where that is known here. */
import type { Delegation, Handoff } from '../../agents/handoffs';
import type { Registry } from '../../agents/registry';
import { isPlainObject, type JsonObject } from '../../workflows/contracts/json';
import { MAX_STATE_BYTES, mergePatch } from '../../workflows/contracts/state';
import { knownPart } from '../handoff/known-part';
import { ownProblem } from '../handoff/own-part';
import { toJsonResult } from '../tools/json-result';

export type HandedOwn =
  { readonly ok: true; readonly own: JsonObject } | { readonly ok: false; readonly problem: string };

/**
 * Never throws. An agent of this worker that has no schema is given nothing, unless there is a `map`; one whose workers are elsewhere says itself whether what it is
 * given fits, whatever agent of its name is here.
 */
export async function handedOwn(
  { to, map, taskQueue }: Handoff | Delegation,
  own: JsonObject,
  registry: Registry | undefined,
): Promise<HandedOwn> {
  const bad = (problem: string): HandedOwn => ({ ok: false, problem });
  const target = taskQueue === undefined ? registry?.agent(to) : undefined;
  let mapped: unknown = own;
  if (map !== undefined) {
    try {
      mapped = map(structuredClone(own));
    } catch (error) {
      return bad(`what the agent ${to} is to be given could not be made of this session's state (${wordsOf(error)})`);
    }
    if (!isPlainObject(mapped)) return bad(`what the agent ${to} is to be given is no object`);
  } else if (target !== undefined && target.state === undefined) return { ok: true, own: {} };
  const made = await toJsonResult(mapped, MAX_STATE_BYTES);
  if (made.kind === 'not_json') return bad(`what the agent ${to} is to be given is not JSON: ${made.problem}`);
  if (made.cutFromBytes !== undefined || !isPlainObject(made.result))
    return bad(`what the agent ${to} is to be given is more than ${MAX_STATE_BYTES} bytes of JSON`);
  // As the other's state will have it: it is made by a merge patch, in which null is nothing.
  const given = mergePatch({}, made.result);
  if (target?.state === undefined) return { ok: true, own: given };
  const problem = ownProblem(target, given);
  if (problem !== null)
    return bad(`what the agent ${to} would be given of this session's state does not fit it: ${problem}`);
  try {
    return { ok: true, own: knownPart({ name: to, state: target.state }, given) };
  } catch (error) {
    return bad(`what the agent ${to} keeps of a state cannot be told (${wordsOf(error)})`);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
}
