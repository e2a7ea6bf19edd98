/** What a user writes to define an agent: instructions, a model and tools. No Temporal here. */
import type { JsonObject } from '../workflows/contracts/json';
import type { OnStop, SessionPolicy } from '../workflows/contracts/model';
import { AGENT_NAME_PATTERN } from '../workflows/contracts/names';
import { MAX_STEPS } from '../workflows/contracts/check-messages';
import type { SessionIdentity, Tool } from './define-tool';
import { toMs, type Duration } from './duration';
import { MAX_MODEL_TIMEOUT_MS, SESSION_POLICY_DEFAULTS } from './policies';

export interface ModelSpec {
  /** As the provider knows it, e.g. `gpt-5-mini`. */
  readonly name: string;
  /** `chat`: Chat Completions (default, what compatible servers speak); `responses`: the Responses API. */
  readonly api?: 'chat' | 'responses';
  readonly temperature?: number;
  /** Most tokens of one answer. */
  readonly maxOutputTokens?: number;
  /** Further request fields, passed on as they are, e.g. `{ reasoning_effort: 'low' }`. */
  readonly parameters?: JsonObject;
  /** How long one request may take. Default 60 s, at most 9 minutes. */
  readonly timeout?: Duration;
}

/** What instructions may depend on. `now` is the time the call was scheduled, which history has, so a prompt can be rebuilt. */
export interface InstructionsContext {
  readonly now: Date;
  readonly session: SessionIdentity;
  readonly turn: number;
}

export interface AgentSpec {
  readonly name: string;
  /** The system prompt, or a pure function of the context that renders it for each step. */
  readonly instructions: string | ((context: InstructionsContext) => string);
  readonly model: string | ModelSpec;
  readonly tools?: readonly Tool[];
  /** Defaults: 10 steps a turn, 3 repairs a turn, 8 calls at once. */
  readonly limits?: Partial<Omit<SessionPolicy, 'onStop'>>;
  /** What becomes of what a turn did when it is stopped. Default `keep`. */
  readonly onStop?: OnStop;
}

export interface Agent {
  readonly name: string;
  readonly instructions: AgentSpec['instructions'];
  readonly model: ModelSpec;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly policy: SessionPolicy;
}

const ON_STOP: readonly OnStop[] = ['keep', 'compensate'];

/**
 * Defines an agent.
 * @throws TypeError that names the agent and the field.
 */
export function defineAgent(spec: AgentSpec): Agent {
  const here = `agent ${JSON.stringify(spec.name)}`;
  if (typeof spec.name !== 'string' || !AGENT_NAME_PATTERN.test(spec.name)) {
    throw new TypeError(`${here}: a name is 1 to 64 characters of A-Z a-z 0-9 _ -`);
  }
  if (typeof spec.instructions !== 'function' && (typeof spec.instructions !== 'string' || !spec.instructions.trim())) {
    throw new TypeError(`${here}: instructions must be a text or a function that returns one`);
  }
  const model = typeof spec.model === 'string' ? { name: spec.model } : spec.model;
  if (!model || typeof model.name !== 'string' || !model.name) throw new TypeError(`${here}: model has no name`);
  if (model.timeout !== undefined && toMs(model.timeout, `${here}: model.timeout`) > MAX_MODEL_TIMEOUT_MS) {
    throw new TypeError(`${here}: model.timeout must be at most ${MAX_MODEL_TIMEOUT_MS / 60_000} minutes`);
  }
  const tools = new Map<string, Tool>();
  for (const tool of spec.tools ?? []) {
    if (tools.has(tool.name)) throw new TypeError(`${here}: two tools are named ${JSON.stringify(tool.name)}`);
    tools.set(tool.name, tool);
  }
  if (spec.onStop !== undefined && !ON_STOP.includes(spec.onStop)) {
    throw new TypeError(`${here}: onStop must be one of ${ON_STOP.join(', ')}, got ${JSON.stringify(spec.onStop)}`);
  }
  // Only where it is given: the policy is part of the definition, whose hash history keeps.
  const onStop = spec.onStop === undefined ? {} : { onStop: spec.onStop };
  const policy: SessionPolicy = { ...SESSION_POLICY_DEFAULTS, ...spec.limits, ...onStop };
  const bounds = { steps: MAX_STEPS, repairs: 100, parallelCalls: 100 } as const;
  for (const [field, high] of Object.entries(bounds) as [keyof typeof bounds, number][]) {
    const value = policy[field];
    const low = field === 'repairs' ? 0 : 1;
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new TypeError(`${here}: limits.${field} must be an integer of ${low} to ${high}, got ${value}`);
    }
  }
  return { name: spec.name, instructions: spec.instructions, model, tools, policy };
}
