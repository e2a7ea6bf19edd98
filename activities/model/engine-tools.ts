/** The tools that the engine offers beside an agent's own: for the session's state, and for other agents. */
import { z } from 'zod';
import type { Agent } from '../../agents/define-agent';
import { GIVE_RESULT_TOOL, HAND_BACK_TOOL, UPDATE_STATE_TOOL } from '../../agents/family';
import { DEFAULT_BRIEF, type Delegation, type Handoff } from '../../agents/handoffs';
import { isPlainObject, type JsonObject } from '../../workflows/contracts/json';
import type { ModelCallInput } from '../../workflows/contracts/model';
import { ownSchemaOf } from '../handoff/own-part';
import { isGranted } from './grants';
import { resultCheck } from './result-value';
import { openSchema, toolSchema, type ToolSchema } from './tool-schema';

/** What of a model call's input makes its tools others than the agent's. */
export type SessionTerms = Pick<ModelCallInput, 'child' | 'depth'>;

export type EngineTool = {
  readonly name: string;
  readonly description: string;
  readonly schema: ToolSchema;
  readonly input: z.ZodType;
} & (
  | { readonly kind: 'state' | 'hand_back' | 'give_result' }
  | { readonly kind: 'transfer'; readonly handoff: Handoff }
  | {
      readonly kind: 'delegate';
      readonly delegation: Delegation;
      /** JSON Schema of what is to come back. */
      readonly result?: JsonObject;
    }
);

/**
 * @returns those that a session under these terms is offered, by name, in one order.
 * @throws TypeError that names the agent and the field, where a schema has no JSON form.
 */
export function engineTools(agent: Agent, { child, depth = 0 }: SessionTerms): ReadonlyMap<string, EngineTool> {
  const tools: EngineTool[] = [];
  if (agent.policy.state !== undefined || child !== undefined) tools.push(stateTool(agent));
  for (const handoff of agent.handoffs.values()) {
    if (child?.role !== 'delegate' && isGranted(child?.grants, handoff.toolName))
      tools.push(transferTool(agent, handoff));
  }
  for (const delegation of agent.delegates.values()) {
    const tool = delegateTool(agent, delegation);
    if (!isTooDeep(agent, depth) && isGranted(child?.grants, delegation.toolName)) tools.push(tool);
  }
  if (child?.role === 'transfer') tools.push(handBackTool(child.from));
  if (child?.role === 'delegate' && child.result !== undefined) tools.push(resultTool(child.from, child.result));
  return new Map(tools.map((tool) => [tool.name, tool]));
}

/** Whether no delegation may be begun in a session so many delegations deep. */
export function isTooDeep({ policy }: Pick<Agent, 'policy'>, depth: number): boolean {
  return policy.children !== undefined && depth >= policy.children.depth;
}

const text = z.string();
const UPDATE = z.object({
  own: z.record(z.string(), z.unknown()).optional(),
  wanted: text.optional(),
  established: z.array(z.object({ text, source: text.optional() })).optional(),
  refuted: z.array(text).optional(),
  opened: z.array(text).optional(),
  met: z.array(text).optional(),
});

function stateTool(agent: Agent): EngineTool {
  const own: JsonObject =
    agent.state === undefined ? {} : { own: patchOf(ownSchemaOf({ name: agent.name, state: agent.state })) };
  const list = (items: JsonObject, description: string): JsonObject => ({ type: 'array', items, description });
  const words = { type: 'string' };
  return {
    kind: 'state',
    name: UPDATE_STATE_TOOL,
    description:
      'Records what matters beyond this message in the state of the session. The state stays in view when the conversation has grown long, and it, not the conversation, is what other agents are given. ' +
      'Name only what changes. What tools did is recorded by itself.',
    schema: {
      strict: false,
      parameters: {
        type: 'object',
        properties: {
          ...own,
          wanted: { ...words, description: 'What the user wants, in one sentence; takes the place of the last.' },
          established: list(
            {
              type: 'object',
              properties: { text: words, source: { ...words, description: 'The call or message it is known from.' } },
              required: ['text'],
              additionalProperties: false,
            },
            'Facts that are now known to be true, one sentence each.',
          ),
          refuted: list(words, 'Ids of facts that turned out not to hold, such as f3.'),
          opened: list(words, 'What is still owed to the user from now on, one sentence each.'),
          met: list(words, 'Ids of what was owed and is done, such as o2.'),
        },
        additionalProperties: false,
      },
    },
    input: UPDATE,
  };
}

/** The schema of a merge patch: nothing is required, and null removes. */
function patchOf(schema: JsonObject): JsonObject {
  const description = 'Merge patch (RFC 7396) of the own part of the state: members that change; null removes one.';
  // A reference is to the root, which is another one here.
  if (JSON.stringify(schema).includes('"$ref"')) return { type: 'object', description };
  return { ...patched(schema), description };
}

function patched(schema: JsonObject): JsonObject {
  const { required: _all, properties, ...rest } = schema;
  if (!isPlainObject(properties)) return rest;
  const members = Object.entries(properties).map(([name, member]) => {
    const { default: _unset, ...plain } = isPlainObject(member) ? member : {};
    return [name, { anyOf: [isPlainObject(plain.properties) ? patched(plain) : plain, { type: 'null' }] }];
  });
  return { ...rest, properties: Object.fromEntries(members) as JsonObject };
}

function transferTool(agent: Agent, handoff: Handoff): EngineTool {
  const { toolName: name, brief: input, description } = handoff;
  const schema = declared(agent, `handoffs: ${name}: brief`, () => toolSchema({ name, input }));
  return { kind: 'transfer', name, description, schema, input, handoff };
}

function delegateTool(agent: Agent, delegation: Delegation): EngineTool {
  const { toolName: name, input, output, description } = delegation;
  const place = `delegates: ${name}`;
  const schema = declared(agent, `${place}: input`, () => toolSchema({ name, input }));
  const result = output && declared(agent, `${place}: output`, () => openSchema({ name, input: output }));
  return {
    kind: 'delegate',
    name,
    description,
    schema,
    input,
    delegation,
    ...(result === undefined ? {} : { result }),
  };
}

function declared<T>(agent: Agent, place: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^tool "[^"]*": its input /, 'it ') : 'unknown error';
    throw new TypeError(`agent ${JSON.stringify(agent.name)}: ${place}: ${why}`, { cause: error });
  }
}

function handBackTool(from: string): EngineTool {
  return {
    kind: 'hand_back',
    name: HAND_BACK_TOOL,
    description: `Hands the user back to the agent "${from}", from which you have them: once what they were handed over for is done, or where it is not yours to do.`,
    schema: toolSchema({ name: HAND_BACK_TOOL, input: DEFAULT_BRIEF }),
    input: DEFAULT_BRIEF,
  };
}

function resultTool(from: string, schema: JsonObject): EngineTool {
  return {
    kind: 'give_result',
    name: GIVE_RESULT_TOOL,
    description: `Gives the agent "${from}", which asked you, its result, and ends your work. Call it once, alone, when you have all that it asks for.`,
    schema: { parameters: { type: 'object', ...schema }, strict: false },
    input: resultCheck(schema),
  };
}
