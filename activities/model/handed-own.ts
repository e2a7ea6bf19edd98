/** The own part of the state that another agent is given: made of the sender's, and held against the other's schema where that is known here. */
import type { Delegation, Handoff } from '../../agents/handoffs';
import type { Registry } from '../../agents/registry';
import { isPlainObject, type JsonObject } from '../../workflows/contracts/json';
import { MAX_STATE_BYTES } from '../../workflows/contracts/state';
import { parsedOwn } from '../handoff/own-part';
import { toJsonResult } from '../tools/json-result';

export type HandedOwn =
  { readonly ok: true; readonly own: JsonObject } | { readonly ok: false; readonly problem: string };

/**
 * Never throws. An agent of this worker that has no schema is given nothing, unless there is a `map`; one that is not known here says itself whether what it is
 * given fits.
 */
export async function handedOwn(
  { to, map }: Handoff | Delegation,
  own: JsonObject,
  registry: Registry | undefined,
): Promise<HandedOwn> {
  const bad = (problem: string): HandedOwn => ({ ok: false, problem });
  const target = registry?.agent(to);
  let given: unknown = own;
  if (map !== undefined) {
    try {
      given = map(structuredClone(own));
    } catch (error) {
      const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
      return bad(`what the agent ${to} is to be given could not be made of this session's state (${why})`);
    }
    if (!isPlainObject(given)) return bad(`what the agent ${to} is to be given is no object`);
  } else if (target !== undefined && target.state === undefined) return { ok: true, own: {} };
  if (target?.state !== undefined) {
    const read = parsedOwn(target.state, given);
    if (!read.ok) {
      return bad(`what the agent ${to} would be given of this session's state does not fit it: ${read.problem}`);
    }
    given = read.value;
  }
  const made = await toJsonResult(given, MAX_STATE_BYTES);
  if (made.kind === 'not_json') return bad(`what the agent ${to} is to be given is not JSON: ${made.problem}`);
  return made.cutFromBytes === undefined && isPlainObject(made.result)
    ? { ok: true, own: made.result }
    : bad(`what the agent ${to} is to be given is more than ${MAX_STATE_BYTES} bytes of JSON`);
}
