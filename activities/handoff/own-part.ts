/** Whether an agent's own part of the session's state may be changed so: what a merge patch makes of it is held against the agent's schema. */
import type { z } from 'zod';
import type { Agent } from '../../agents/define-agent';
import { isPlainObject, type Json, type JsonObject } from '../../workflows/contracts/json';
import { mergePatch } from '../../workflows/contracts/state';
import { describeIssues } from '../model/describe-issues';
import { namesLeftOut } from '../model/names-left-out';
import { openSchema } from '../model/tool-schema';

type Stateful = Pick<Agent, 'name' | 'state'>;

const known = new WeakMap<z.ZodType, JsonObject>();

/**
 * JSON Schema of an agent's own part.
 * @throws TypeError that names the agent, where its schema has none.
 */
export function ownSchemaOf({ name, state }: { readonly name: string; readonly state: z.ZodType }): JsonObject {
  const found = known.get(state);
  if (found) return found;
  try {
    const schema = openSchema({ name, input: state });
    known.set(state, schema);
    return schema;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^tool "[^"]*": its input /, 'it ') : 'unknown error';
    throw new TypeError(`agent ${JSON.stringify(name)}: state: ${why}`, { cause: error });
  }
}

/** @returns what is wrong with a patch of `own`, in words; null where it may be applied. Never throws. */
export function ownPatchProblem(agent: Stateful, own: JsonObject, patch: JsonObject): string | null {
  if (agent.state === undefined) {
    return Object.keys(patch).length === 0 ? null : `the agent ${agent.name} keeps no own part of the state`;
  }
  const schema = ownSchemaOf({ name: agent.name, state: agent.state });
  const strange = namesLeftOut(withoutRemovals(patch), schema);
  if (strange.length > 0) {
    const names = Object.keys(schema.properties ?? {}).join(', ') || 'none';
    return `${strange.slice(0, 10).join(', ')} ${strange.length === 1 ? 'is' : 'are'} not known in the own part of the state; its members are: ${names}`;
  }
  return ownProblem(agent, mergePatch(own, patch));
}

/** @returns what is wrong with an own part, in words; null where nothing is, or the agent has no schema. Never throws. */
export function ownProblem({ state }: Pick<Agent, 'state'>, own: JsonObject): string | null {
  if (state === undefined) return null;
  try {
    // A copy is checked: a schema's own code must not change what is kept. What it makes of it is not kept: the state is in the form that schemas take.
    const result = state.safeParse(structuredClone(own));
    if (result.success) return null;
    return describeIssues(result.error.issues, own).replaceAll('the arguments:', 'the own part:');
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
    return `its schema could not check it: ${why}`;
  }
}

/** The members of a patch that an agent's schema knows; all of them where it takes any. */
export function knownMembers({ state }: Pick<Agent, 'state'>, patch: JsonObject): JsonObject {
  if (state === undefined) return {};
  const { catchall } = state.def;
  if (catchall !== undefined && catchall._zod.def.type !== 'never') return patch;
  return Object.fromEntries(Object.entries(patch).filter(([name]) => Object.hasOwn(state.shape, name)));
}

/** What a patch removes need not be known: it may be from before a deploy. */
function withoutRemovals(patch: JsonObject): JsonObject {
  const kept = Object.entries(patch).flatMap(([name, value]): (readonly [string, Json])[] => {
    if (value === null) return [];
    return [[name, isPlainObject(value) ? withoutRemovals(value) : value]];
  });
  return Object.fromEntries(kept);
}
