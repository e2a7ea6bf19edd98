/** An agent as its provider is sent it: the record that history keeps once per change, its hash, and the system prompt of one call. */
import { createHash } from 'node:crypto';
import type { Agent } from '../../agents/define-agent';
import type { SessionIdentity } from '../../agents/define-tool';
import { canonicalJson, type JsonObject } from '../../workflows/contracts/json';
import type { DefinitionRecord } from '../../workflows/contracts/model';
import { toolSchema, type ToolSchema } from './tool-schema';

export interface Definition {
  readonly record: DefinitionRecord;
  /** sha256 of the record's canonical JSON, hex. */
  readonly hash: string;
  /** Length of the record's JSON, UTF-8. */
  readonly bytes: number;
  readonly schemas: ReadonlyMap<string, ToolSchema>;
}

/** Request fields that the engine sets itself; elsewhere in `parameters` they would break the conversation or its record. */
const RESERVED = [
  'model',
  'messages',
  'input',
  'instructions',
  'tools',
  'stream',
  'stream_options',
  'n',
  'store',
  'background',
  'previous_response_id',
  'conversation',
];

const cache = new WeakMap<Agent, Definition>();

/**
 * The definition of an agent; made once per agent and process. A worker may call it at its start, to fail early.
 * @throws TypeError that names the agent and the tool or field.
 */
export function definitionOf(agent: Agent): Definition {
  const cached = cache.get(agent);
  if (cached) return cached;
  const schemas = new Map([...agent.tools.values()].map((tool) => [tool.name, toolSchema(tool)]));
  const api = agent.model.api ?? 'chat';
  const record: DefinitionRecord = {
    agent: agent.name,
    api,
    model: agent.model.name,
    ...(typeof agent.instructions === 'string' ? { instructions: agent.instructions } : {}),
    tools: [...agent.tools.values()].map(({ name, description }) => ({
      name,
      description,
      ...(schemas.get(name) as ToolSchema),
    })),
    parameters: parametersOf(agent, api),
    policy: agent.policy,
  };
  const definition = {
    record,
    hash: createHash('sha256').update(canonicalJson(record)).digest('hex'),
    bytes: Buffer.byteLength(JSON.stringify(record)),
    schemas,
  };
  cache.set(agent, definition);
  return definition;
}

function parametersOf(agent: Agent, api: DefinitionRecord['api']): JsonObject {
  const { temperature, maxOutputTokens, parameters = {} } = agent.model;
  const reserved = Object.keys(parameters).find((key) => RESERVED.includes(key));
  if (reserved !== undefined) {
    throw new TypeError(
      `agent ${JSON.stringify(agent.name)}: model.parameters may not set ${JSON.stringify(reserved)}, which is the engine's`,
    );
  }
  const limit = api === 'chat' ? 'max_completion_tokens' : 'max_output_tokens';
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { [limit]: maxOutputTokens }),
    ...parameters,
  };
}

/**
 * The system prompt of one call.
 * @param now when the call was first scheduled, ms: history has it, so the prompt can be made again.
 * @returns `text`, and whether it was rendered for this call alone (then history must keep it with the call).
 * @throws TypeError where the agent's function fails or returns no text.
 */
export function renderInstructions(
  agent: Agent,
  now: number,
  session: SessionIdentity,
  turn: number,
): { text: string; perCall: boolean } {
  if (typeof agent.instructions === 'string') return { text: agent.instructions, perCall: false };
  let text: unknown;
  try {
    text = agent.instructions({ now: new Date(now), session, turn });
  } catch (error) {
    throw new TypeError(
      `agent ${JSON.stringify(agent.name)}: its instructions failed: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  }
  if (typeof text !== 'string')
    throw new TypeError(`agent ${JSON.stringify(agent.name)}: its instructions must return a text, got ${typeof text}`);
  return { text, perCall: true };
}
