/** An agent as its provider is sent it: the record that history keeps once per change, and its hash. */
import { createHash } from 'node:crypto';
import type { Agent } from '../../agents/define-agent';
import { spendingBounds } from '../../agents/limits';
import { STATE_TOKENS } from '../../agents/policies';
import { greatestCap, OUTPUT_CAP_FIELDS, type ModelSpec } from '../../agents/model-spec';
import { canonicalJson, type JsonObject } from '../../workflows/contracts/json';
import type { DefinitionRecord, SessionPolicy } from '../../workflows/contracts/model';
import { engineTools, isTooDeep, type EngineTool, type SessionTerms } from './engine-tools';
import { isGranted } from './grants';
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
  /** Of the agent's own tools that are offered, by name. */
  readonly schemas: ReadonlyMap<string, ToolSchema>;
  /** Those that the engine offers beside them, by name. */
  readonly engine: ReadonlyMap<string, EngineTool>;
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

/** By the model that is asked, of which an agent has up to two, and what a session's place in its family makes of the tools. */
const cache = new WeakMap<Agent, Map<ModelSpec, Map<string, Definition>>>();
/** Definitions kept for one agent and model: result schemas and grants come from other agents. */
const MAX_KEPT = 100;

/**
 * The definition of an agent; made once per agent, place in a family and process. A worker may call it at its start, to fail early.
 * @param stronger with the agent's stronger model, where it declares one.
 * @param terms absent: of a first session.
 * @throws TypeError that names the agent and the tool or field.
 */
export function definitionOf(agent: Agent, stronger = false, terms: SessionTerms = {}): Definition {
  const model = (stronger ? agent.strongerModel : undefined) ?? agent.model;
  const key = keyOf(agent, terms);
  const kept = cache.get(agent)?.get(model) ?? new Map<string, Definition>();
  const cached = kept.get(key);
  if (cached) return cached;
  checkPrices(agent, model);
  const grants = terms.child?.grants;
  const own = [...agent.tools.values()].filter(({ name }) => isGranted(grants, name));
  const schemas = new Map(own.map((tool) => [tool.name, toolSchema(tool)]));
  const engine = engineTools(agent, terms);
  const api = model.api ?? 'chat';
  const record: DefinitionRecord = {
    agent: agent.name,
    api,
    model: model.name,
    ...(typeof agent.instructions === 'string' ? { instructions: agent.instructions } : {}),
    tools: [
      ...own.map(({ name, description }) => ({ name, description, ...(schemas.get(name) as ToolSchema) })),
      ...[...engine.values()].map(({ name, description, schema }) => ({ name, description, ...schema })),
    ],
    parameters: parametersOf(agent, model, api),
    policy: policyOf(agent, terms),
  };
  const definition: Definition = {
    record,
    model,
    hash: createHash('sha256').update(canonicalJson(record)).digest('hex'),
    bytes: Buffer.byteLength(JSON.stringify(record)),
    schemas,
    engine,
  };
  if (kept.size >= MAX_KEPT) kept.clear();
  cache.set(
    agent,
    (cache.get(agent) ?? new Map<ModelSpec, Map<string, Definition>>()).set(model, kept.set(key, definition)),
  );
  return definition;
}

/** All that tells one definition of an agent and a model from another. */
function keyOf(agent: Agent, { child, depth = 0 }: SessionTerms): string {
  const { role, from, grants, result } = child ?? {};
  return canonicalJson({ role, from, grants, result, tooDeep: isTooDeep(agent, depth) });
}

/** A child has a state, whatever its agent declares. */
function policyOf({ policy }: Agent, { child }: SessionTerms): SessionPolicy {
  return child === undefined || policy.state !== undefined ? policy : { ...policy, state: { maxTokens: STATE_TOKENS } };
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
