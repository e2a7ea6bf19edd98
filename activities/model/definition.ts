/** An agent as its provider is sent it: the record that history keeps once per change, its hash, and the system prompt of one call. */
import { createHash } from 'node:crypto';
import type { Agent } from '../../agents/define-agent';
import type { SessionIdentity } from '../../agents/define-tool';
import { spendingBounds } from '../../agents/limits';
import { greatestCap, OUTPUT_CAP_FIELDS, type ModelSpec } from '../../agents/model-spec';
import { canonicalJson, type JsonObject } from '../../workflows/contracts/json';
import type { DefinitionRecord } from '../../workflows/contracts/model';
import { hasPrice } from './price';
import { toolSchema, type ToolSchema } from './tool-schema';

export interface Definition {
  readonly record: DefinitionRecord;
  /** What the record was made of: the agent's model, or its stronger one. */
  readonly model: ModelSpec;
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

/** By the model that is asked: an agent has up to two. */
const cache = new WeakMap<Agent, Map<ModelSpec, Definition>>();

/**
 * The definition of an agent; made once per agent and process. A worker may call it at its start, to fail early.
 * @param stronger with the agent's stronger model, where it declares one.
 * @throws TypeError that names the agent and the tool or field.
 */
export function definitionOf(agent: Agent, stronger = false): Definition {
  const model = (stronger ? agent.strongerModel : undefined) ?? agent.model;
  const cached = cache.get(agent)?.get(model);
  if (cached) return cached;
  checkPrices(agent, model);
  const schemas = new Map([...agent.tools.values()].map((tool) => [tool.name, toolSchema(tool)]));
  const api = model.api ?? 'chat';
  const record: DefinitionRecord = {
    agent: agent.name,
    api,
    model: model.name,
    ...(typeof agent.instructions === 'string' ? { instructions: agent.instructions } : {}),
    tools: [...agent.tools.values()].map(({ name, description }) => ({
      name,
      description,
      ...(schemas.get(name) as ToolSchema),
    })),
    parameters: parametersOf(agent, model, api),
    policy: agent.policy,
  };
  const definition: Definition = {
    record,
    model,
    hash: createHash('sha256').update(canonicalJson(record)).digest('hex'),
    bytes: Buffer.byteLength(JSON.stringify(record)),
    schemas,
  };
  cache.set(agent, (cache.get(agent) ?? new Map<ModelSpec, Definition>()).set(model, definition));
  return definition;
}

/** A bound on money holds only where each call has a price. */
function checkPrices(agent: Agent, model: ModelSpec): void {
  const bounded = spendingBounds(agent.policy.limits ?? {}).find(({ bound }) => bound === 'microUsd');
  if (bounded === undefined || hasPrice(model)) return;
  throw new TypeError(
    `agent ${JSON.stringify(agent.name)}: ${bounded.place} needs a price for the model ${JSON.stringify(model.name)}, which the price table does not know: give its price ` +
      '({ inputMicroUsdPerMillionTokens, outputMicroUsdPerMillionTokens })',
  );
}

/** The most output tokens that requests of a definition ask for; absent where they set no bound. */
export function outputBound({ parameters }: DefinitionRecord): number | undefined {
  return greatestCap(parameters);
}

/** The definition as one call was sent it, with at most `cap` output tokens: what `ModelTurn.outputCap` says. Pure. */
export function withOutputCap(record: DefinitionRecord, cap: number | undefined): DefinitionRecord {
  if (cap === undefined) return record;
  const parameters = Object.entries(record.parameters).map(([field, value]) =>
    OUTPUT_CAP_FIELDS.some((name) => name === field) && typeof value === 'number'
      ? [field, Math.min(value, cap)]
      : [field, value],
  );
  return { ...record, parameters: Object.fromEntries(parameters) as JsonObject };
}

function parametersOf(agent: Agent, model: ModelSpec, api: DefinitionRecord['api']): JsonObject {
  const { temperature, maxOutputTokens, parameters = {} } = model;
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
