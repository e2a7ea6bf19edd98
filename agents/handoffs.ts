/** What a user writes so that an agent may hand its user over to another agent (`handoffTo`), or ask another agent (`delegateTo`). */
import { z } from 'zod';
import { amountProblem, unknownField, wordsFor } from '../workflows/contracts/check-limits';
import type { DelegateCall } from '../workflows/contracts/family-call';
import type { Grants } from '../workflows/contracts/handoff';
import { isPlainObject, type JsonObject } from '../workflows/contracts/json';
import { AGENT_NAME_PATTERN, TASK_QUEUE_PATTERN, TOOL_NAME_PATTERN } from '../workflows/contracts/names';
import { toMs, type Duration } from './duration';

/** Another agent: itself, or its name where the two refer to each other or it is another team's. */
export type AgentRef = string | { readonly name: string };

interface ToAnother {
  /** For the model: when to use it. */
  readonly description?: string;
  /** Own part of the state of the agent that hands over, to that of the one that takes over. Default: as it is. Must not change what it is given. */
  readonly map?: (own: JsonObject) => object;
  /** Only these of the other agent's tools; what `tools` of an agent's own parent leaves out is out of reach of its children too. */
  readonly tools?: readonly string[];
  /** None of these. */
  readonly without?: readonly string[];
  /** Where its workers are. Default: the session's own task queue. */
  readonly taskQueue?: string;
  /** With `taskQueue`: how long it may take until somebody there has taken over. Default 60 s. */
  readonly acceptWithin?: Duration;
  /** What the model calls. Default `transfer_to_<agent>`, `ask_<agent>`. */
  readonly toolName?: string;
}

export interface HandoffOptions extends ToAnother {
  /** An object schema of what the other agent is told. Default: `{ reason, request }`, both texts. */
  readonly brief?: z.ZodType;
}

export interface DelegationOptions<Input extends z.ZodType> extends ToAnother {
  /** An object schema of what is asked. Default: `{ task }`, a text. */
  readonly input?: Input;
  /** An object schema of what is to come back. Default: words. */
  readonly output?: z.ZodType;
  /** What the other agent is told, as a user's message. Default: the input, one line each. */
  readonly prompt?: (input: z.output<Input>) => string;
  /** What it may use at most; of what is left but for the asker's own answer, delegates of one step share equally where that is less. */
  readonly limits?: {
    readonly tokens?: number;
    readonly microUsd?: number;
    readonly modelCalls?: number;
    readonly wallClock?: Duration;
  };
}

interface Another {
  readonly to: string;
  readonly toolName: string;
  readonly description: string;
  readonly map?: (own: JsonObject) => unknown;
  readonly grants?: Grants;
  readonly taskQueue?: string;
  /** With `taskQueue`. */
  readonly acceptMs?: number;
}

/** A defined handoff: what the engine holds. */
export interface Handoff extends Another {
  readonly kind: 'handoff';
  readonly brief: z.ZodType;
}

/** A defined delegation: what the engine holds. */
export interface Delegation extends Another {
  readonly kind: 'delegation';
  readonly input: z.ZodType;
  readonly output?: z.ZodType;
  readonly prompt?: (input: unknown) => string;
  readonly share?: DelegateCall['share'];
}

/** What is told with a handoff where nothing else is declared. */
export const DEFAULT_BRIEF = z.object({
  reason: z.string().describe('Why the conversation goes to them.'),
  request: z.string().describe('What the user wants, with all that was said about it which they need to know.'),
});

const DEFAULT_INPUT = z.object({
  task: z.string().describe('What they are to do or to find out, with all that they need to know for it.'),
});

const DEFAULT_ACCEPT_MS = 60_000;
const MAX_TOOL_NAMES = 100;

const COMMON = ['description', 'map', 'tools', 'without', 'taskQueue', 'acceptWithin', 'toolName'];
const HANDOFF_FIELDS = [...COMMON, 'brief'];
const DELEGATION_FIELDS = [...COMMON, 'input', 'output', 'prompt', 'limits'];
const SHARES = ['tokens', 'microUsd', 'modelCalls', 'wallClock'];
const MAX_SHARE = 1_000_000_000_000;

/**
 * The user is handed over to another agent, and talks with that one from then on.
 * @throws TypeError that names the agent and the field.
 */
export function handoffTo(agent: AgentRef, options: HandoffOptions = {}): Handoff {
  const { to, here } = named(agent, 'handoff to');
  const { brief = DEFAULT_BRIEF } = fields(options, HANDOFF_FIELDS, here);
  return {
    kind: 'handoff',
    ...another(to, options, here, {
      toolName: `transfer_to_${to}`,
      description: `Hands the user over to the agent "${to}", who talks with them from then on.`,
    }),
    brief: schema(brief, `${here}: brief`),
  };
}

/**
 * Another agent is asked; what it comes back with is the outcome of the call.
 * @throws TypeError that names the agent and the field.
 */
export function delegateTo<Input extends z.ZodType = typeof DEFAULT_INPUT>(
  agent: AgentRef,
  options: DelegationOptions<Input> = {},
): Delegation {
  const { to, here } = named(agent, 'delegation to');
  const { input = DEFAULT_INPUT, output, prompt, limits } = fields(options, DELEGATION_FIELDS, here);
  if (prompt !== undefined && typeof prompt !== 'function')
    throw new TypeError(`${here}: prompt must be a function of the input that returns a text, got ${wordsFor(prompt)}`);
  const share = limits === undefined ? undefined : shareOf(limits, here);
  return {
    kind: 'delegation',
    ...another(to, options, here, {
      toolName: `ask_${to}`,
      description: `Asks the agent "${to}", and comes back with its answer. It knows what you tell it and the session's state, not the conversation.`,
    }),
    input: schema(input, `${here}: input`),
    ...(output === undefined ? {} : { output: schema(output, `${here}: output`) }),
    ...(prompt === undefined ? {} : { prompt: prompt as Delegation['prompt'] }),
    ...(share === undefined ? {} : { share }),
  };
}

function named(agent: AgentRef, what: string): { readonly to: string; readonly here: string } {
  const name: unknown = typeof agent === 'string' ? agent : (agent as { name?: unknown } | undefined)?.name;
  if (typeof name === 'string' && AGENT_NAME_PATTERN.test(name))
    return { to: name, here: `${what} ${JSON.stringify(name)}` };
  throw new TypeError(
    `${what} an agent: expected an agent or its name (1 to 64 characters of A-Z a-z 0-9 _ -), got ${wordsFor(agent)}`,
  );
}

function fields<T extends object>(options: T, known: readonly string[], here: string): T {
  if (!isPlainObject(options)) throw new TypeError(`${here}: its options must be an object, got ${wordsFor(options)}`);
  const unknown = unknownField(options, 'it', known);
  if (unknown !== null) throw new TypeError(`${here}: ${unknown}`);
  return options;
}

function another(
  to: string,
  options: ToAnother,
  here: string,
  defaults: Pick<Another, 'toolName' | 'description'>,
): Another {
  const { description = defaults.description, toolName = defaults.toolName } = options;
  const { map, tools, without, taskQueue, acceptWithin } = options;
  const fail = (problem: string): never => {
    throw new TypeError(`${here}: ${problem}`);
  };
  if (typeof description !== 'string' || description.trim() === '')
    fail('description is empty; the model chooses by it');
  if (typeof toolName !== 'string' || !TOOL_NAME_PATTERN.test(toolName)) {
    fail(
      options.toolName === undefined
        ? `its tool would be named ${toolName}, which is longer than the 64 characters that providers take: give it a toolName`
        : `toolName must be 1 to 64 characters of A-Z a-z 0-9 _ -, got ${wordsFor(toolName)}`,
    );
  }
  if (map !== undefined && typeof map !== 'function')
    fail(`map must be a function of the own part of the state, got ${wordsFor(map)}`);
  if (taskQueue !== undefined && (typeof taskQueue !== 'string' || !TASK_QUEUE_PATTERN.test(taskQueue)))
    fail('taskQueue must be a name of 1 to 200 characters that does not begin with "/"');
  if (acceptWithin !== undefined && taskQueue === undefined)
    fail('acceptWithin is for another task queue; on the session’s own somebody is at work already');
  const only = tools === undefined ? {} : { only: names(tools, `${here}: tools`) };
  const none = without === undefined ? {} : { without: names(without, `${here}: without`) };
  const grants = { ...only, ...none };
  return {
    to,
    toolName,
    description,
    ...(map === undefined ? {} : { map }),
    ...(Object.keys(grants).length === 0 ? {} : { grants }),
    ...(taskQueue === undefined
      ? {}
      : { taskQueue, acceptMs: toMs(acceptWithin ?? DEFAULT_ACCEPT_MS, `${here}: acceptWithin`) }),
  };
}

function names(given: unknown, place: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) && given.length <= MAX_TOOL_NAMES ? given : [undefined];
  const strange = list.findIndex((name) => typeof name !== 'string' || !TOOL_NAME_PATTERN.test(name));
  if (strange >= 0)
    throw new TypeError(
      `${place} must be a list of at most ${MAX_TOOL_NAMES} names of tools, got ${wordsFor(Array.isArray(given) ? given[strange] : given)}`,
    );
  return [...new Set(list as readonly string[])];
}

function schema(given: unknown, place: string): z.ZodType {
  if (typeof (given as Partial<z.ZodType> | undefined)?.safeParseAsync === 'function') return given as z.ZodType;
  throw new TypeError(`${place} must be a zod schema, such as z.object({ … }), got ${wordsFor(given)}`);
}

function shareOf(limits: unknown, here: string): NonNullable<Delegation['share']> {
  const place = `limits`;
  if (!isPlainObject(limits)) throw new TypeError(`${here}: ${place} must be an object, got ${wordsFor(limits)}`);
  const { wallClock, ...counts } = limits;
  const problem =
    unknownField(limits, place, SHARES) ??
    amountProblem(counts.tokens, `${place}.tokens`, { unit: 'whole number of tokens', from: 1, to: MAX_SHARE }) ??
    amountProblem(counts.microUsd, `${place}.microUsd`, {
      unit: 'whole number of micro-dollars',
      from: 1,
      to: MAX_SHARE,
    }) ??
    amountProblem(counts.modelCalls, `${place}.modelCalls`, {
      unit: 'whole number of model calls',
      from: 1,
      to: MAX_SHARE,
    });
  if (problem !== null) throw new TypeError(`${here}: ${problem}`);
  const ms = wallClock === undefined ? {} : { wallClockMs: toMs(wallClock as Duration, `${here}: ${place}.wallClock`) };
  const set = Object.entries(counts).filter(([, count]) => count !== undefined);
  return { ...(Object.fromEntries(set) as NonNullable<Delegation['share']>), ...ms };
}
