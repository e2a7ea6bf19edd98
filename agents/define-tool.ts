/**
 * What a user writes to give an agent a tool. No Temporal here: a tool is its schema, its declared effect and a function.
 */
import type { z } from 'zod';
import type { Json } from '../workflows/contracts/json';
import { TASK_QUEUE_PATTERN, TOOL_NAME_PATTERN } from '../workflows/contracts/names';
import type { EffectClass } from '../workflows/contracts/tool';
import { approvalOf, type ApprovalOption, type ToolApproval } from './approval';
import { compensationOf } from './compensation';
import { toMs, type Duration } from './duration';
import { TOOL_DEFAULTS } from './policies';
import { probeOf } from './probe-fields';
import { retryOf, type RetryOptions } from './retry-options';
import type { SessionIdentity, ToolContext, TransactionalContext } from './tool-context';

export type { RetryOptions } from './retry-options';
export type {
  SessionIdentity,
  StateTaken,
  ToolContext,
  ToolLogger,
  ToolState,
  TransactionalContext,
} from './tool-context';

/** Names a ledger the worker was given (`ledgers`), and types `ctx.tx` for the tools that write through it. */
export interface LedgerName<DB = unknown> {
  readonly name: string;
  /** Never set; carries the type of the database. */
  readonly database?: DB;
}

export function ledgerNamed<DB>(name: string): LedgerName<DB> {
  return { name };
}

/**
 * Thrown by a tool to tell the model what went wrong. Promises that this attempt applied nothing. Never retried. Where an earlier attempt of the
 * call was cut off, the outcome is `unknown` all the same, with these words.
 */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** Thrown by a tool to say that this attempt failed and is known not to have applied anything: may be run again. */
export class NotApplied extends Error {
  override readonly name = 'NotApplied';
}

export type Reconciliation<Result> =
  { readonly kind: 'applied'; readonly result: Result } | { readonly kind: 'absent' } | { readonly kind: 'unknown' };

export interface ToolCommon<Input extends z.ZodType> {
  readonly name: string;
  /** For the model: what it does, when to use it. */
  readonly description: string;
  /** An object schema. The model's arguments are coerced where nothing is lost, then must pass. */
  readonly input: Input;
  /** Longest one attempt may run. Default 60 s. */
  readonly timeout?: Duration;
  /** Heartbeats are sent for the tool; this is how long their absence means death. Default by profile: dev 3 s, production 10 s. */
  readonly heartbeatTimeout?: Duration;
  readonly retry?: RetryOptions;
  readonly rolloutWindow?: Duration;
  /** Longest result in UTF-8 bytes of its JSON; the rest is cut, with a note to the model. Default 32 KB. */
  readonly maxResultBytes?: number;
  /** Runs on another task queue than the session's. */
  readonly taskQueue?: string;
  /** What the Web UI's line shows between the brackets; default: the first few arguments. */
  readonly summary?: (args: z.output<Input>) => string;
  /** What a result looks like: a result that a person gives for a call that nobody knows the end of must pass it. What `run` returns is not checked. */
  readonly output?: z.ZodType;
  /** Whether people must allow a call before it runs. A rule is given what the schema made of the arguments. Default `never`. */
  readonly approval?: ApprovalOption<z.output<Input>>;
  /** True: it is given the session's state as `ctx.state`. */
  readonly usesState?: true;
}

/** Fields of tools that keep a ledger row. */
export interface EffectFields<Input extends z.ZodType, Result, DB> {
  /** Ledger that holds the rows; default: the worker's default ledger. */
  readonly ledger?: LedgerName<DB>;
  /** Business key (`patient:slot`): one live effect per tenant, tool and key, whoever asks and however often. */
  readonly key?: (args: z.output<Input>, session: SessionIdentity) => string;
  /** Fields compared when the key is live already: equal means a repeat, answered with the first outcome; else a conflict. Default: all arguments. */
  readonly sameAs?: (args: z.output<Input>) => Json;
  /** Keys of another tool whose effect this one undoes: marked reversed in the same commit, so that they can be used again. */
  readonly releases?: {
    readonly tool: string;
    readonly keys: (args: z.output<Input>, result: Result, session: SessionIdentity) => readonly string[];
  };
  /**
   * Undoes a success of this tool, given its arguments and its result as recorded. A function runs under the tool's own class where that is
   * `idempotent` (with a key of its own) or `transactional`, else as `at-most-once`; `Compensation` says otherwise. A call that was undone
   * gives its business key back.
   */
  readonly compensate?: Compensate<Input, Result, DB> | Compensation<Input, Result, DB>;
}

export type Compensate<Input extends z.ZodType, Result, DB> = (
  args: z.output<Input>,
  result: Result,
  ctx: TransactionalContext<DB>,
) => unknown;

/** A compensation with an effect class of its own: it is an effect like any other, and a crash may cut it off. `ctx.tx` is there with `transactional` only. */
export type Compensation<Input extends z.ZodType, Result, DB> =
  | { readonly effect: 'idempotent' | 'transactional' | 'at-most-once'; readonly run: Compensate<Input, Result, DB> }
  | {
      readonly effect: 'reconcilable';
      readonly run: Compensate<Input, Result, DB>;
      readonly reconcile: (args: z.output<Input>, result: Result, ctx: ToolContext) => Promise<Reconciliation<unknown>>;
      readonly settleWithin: Duration;
    };

export interface ReadTool<Input extends z.ZodType, Result> extends ToolCommon<Input> {
  readonly effect: 'read';
  readonly run: (args: z.output<Input>, ctx: ToolContext) => Promise<Result> | Result;
}

export interface IdempotentTool<Input extends z.ZodType, Result, DB>
  extends ToolCommon<Input>, EffectFields<Input, Result, DB> {
  readonly effect: 'idempotent';
  /** How long the destination remembers the key. Default 24 h; after it, a repeat is `unknown`. */
  readonly keyValidFor?: Duration;
  readonly run: (args: z.output<Input>, ctx: ToolContext) => Promise<Result> | Result;
}

export interface TransactionalTool<Input extends z.ZodType, Result, DB>
  extends ToolCommon<Input>, EffectFields<Input, Result, DB> {
  readonly effect: 'transactional';
  readonly run: (args: z.output<Input>, ctx: TransactionalContext<DB>) => Promise<Result> | Result;
}

export interface ReconcilableTool<Input extends z.ZodType, Result, DB>
  extends ToolCommon<Input>, EffectFields<Input, Result, DB> {
  readonly effect: 'reconcilable';
  readonly reconcile: (args: z.output<Input>, ctx: ToolContext) => Promise<Reconciliation<Result>>;
  /** Longest time in flight plus the destination's lag: `absent` counts only after it. */
  readonly settleWithin: Duration;
  readonly run: (args: z.output<Input>, ctx: ToolContext) => Promise<Result> | Result;
}

export interface AtMostOnceTool<Input extends z.ZodType, Result, DB>
  extends ToolCommon<Input>, EffectFields<Input, Result, DB> {
  readonly effect: 'at-most-once';
  readonly run: (args: z.output<Input>, ctx: ToolContext) => Promise<Result> | Result;
}

export type ToolSpec<Input extends z.ZodType, Result, DB> =
  | ReadTool<Input, Result>
  | IdempotentTool<Input, Result, DB>
  | TransactionalTool<Input, Result, DB>
  | ReconcilableTool<Input, Result, DB>
  | AtMostOnceTool<Input, Result, DB>;

/** A defined tool, its schema and function no longer typed by their arguments: what the engine holds. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly effect: EffectClass;
  readonly input: z.ZodType;
  readonly ledger?: string;
  readonly startToCloseMs: number;
  /** Absent: by profile. */
  readonly heartbeatMs?: number;
  readonly attempts: number;
  readonly initialIntervalMs: number;
  readonly backoff: number;
  readonly maxIntervalMs: number;
  readonly rolloutWindowMs: number;
  readonly maxResultBytes: number;
  readonly keyValidForMs: number;
  readonly taskQueue?: string;
  readonly summary?: (args: unknown) => string;
  readonly key?: (args: unknown, session: SessionIdentity) => string;
  readonly sameAs?: (args: unknown) => Json;
  readonly releases?: {
    readonly tool: string;
    readonly keys: (args: unknown, result: unknown, session: SessionIdentity) => readonly string[];
  };
  readonly output?: z.ZodType;
  /** With `reconcilable`. */
  readonly reconcile?: (args: unknown, ctx: ToolContext) => Promise<Reconciliation<unknown>>;
  readonly settleWithinMs?: number;
  readonly compensation?: ToolCompensation;
  /** Absent: its calls need no approval. */
  readonly approval?: ToolApproval;
  readonly usesState?: true;
  readonly run: (args: unknown, ctx: ToolContext) => unknown;
}

/** How a success of a tool is undone. */
export interface ToolCompensation {
  readonly effect: Exclude<EffectClass, 'read'>;
  readonly run: (args: unknown, result: unknown, ctx: ToolContext) => unknown;
  readonly reconcile?: (args: unknown, result: unknown, ctx: ToolContext) => Promise<Reconciliation<unknown>>;
  readonly settleWithinMs?: number;
}

const EFFECTS: readonly EffectClass[] = ['read', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'];

/**
 * Defines a tool. `effect` has no default: saying what a repeat would do is the author's to say.
 * @throws TypeError that names the tool and the field.
 */
export function defineTool<Input extends z.ZodType, Result, DB = unknown>(spec: ToolSpec<Input, Result, DB>): Tool {
  const here = `tool ${JSON.stringify(spec.name)}`;
  if (typeof spec.name !== 'string' || !TOOL_NAME_PATTERN.test(spec.name)) {
    throw new TypeError(`${here}: a name is 1 to 64 characters of A-Z a-z 0-9 _ - (no dots: those are the engine's)`);
  }
  if (!EFFECTS.includes(spec.effect)) {
    throw new TypeError(
      `${here}: effect must be one of ${EFFECTS.join(', ')}; it says what a repeat would do, so it has no default`,
    );
  }
  if (typeof spec.description !== 'string' || spec.description.trim() === '') {
    throw new TypeError(`${here}: description is empty; the model chooses tools by it`);
  }
  if (typeof spec.run !== 'function') throw new TypeError(`${here}: run must be a function`);
  if (typeof (spec.input as Partial<z.ZodType> | undefined)?.safeParseAsync !== 'function') {
    throw new TypeError(`${here}: input must be a zod schema, such as z.object({ … })`);
  }
  if (spec.output !== undefined && typeof (spec.output as Partial<z.ZodType>).safeParseAsync !== 'function') {
    throw new TypeError(`${here}: output must be a zod schema, such as z.object({ … })`);
  }
  if (spec.usesState !== undefined && (spec.usesState as unknown) !== true)
    throw new TypeError(`${here}: usesState must be true or left out`);
  const maxResultBytes = spec.maxResultBytes ?? TOOL_DEFAULTS.maxResultBytes;
  if (!Number.isInteger(maxResultBytes) || maxResultBytes < 256 || maxResultBytes > 1024 * 1024) {
    throw new TypeError(`${here}: maxResultBytes must be an integer of 256 to 1,048,576, got ${maxResultBytes}`);
  }
  const effectful = spec.effect === 'read' ? undefined : spec;
  const ms = (value: Duration | undefined, fallback: number, what: string) =>
    value === undefined ? fallback : toMs(value, `${here}: ${what}`);
  if (spec.taskQueue !== undefined && !TASK_QUEUE_PATTERN.test(spec.taskQueue)) {
    throw new TypeError(`${here}: taskQueue must be a name of 1 to 200 characters that does not begin with "/"`);
  }
  if (spec.effect !== 'idempotent' && (spec as { keyValidFor?: unknown }).keyValidFor !== undefined) {
    throw new TypeError(
      `${here}: keyValidFor says how long a destination remembers keys; only idempotent tools have it`,
    );
  }
  return {
    name: spec.name,
    description: spec.description,
    effect: spec.effect,
    input: spec.input,
    ledger: effectful?.ledger?.name,
    startToCloseMs: ms(spec.timeout, TOOL_DEFAULTS.startToCloseMs, 'timeout'),
    heartbeatMs:
      spec.heartbeatTimeout === undefined ? undefined : toMs(spec.heartbeatTimeout, `${here}: heartbeatTimeout`),
    ...retryOf(spec.retry, here),
    rolloutWindowMs: ms(spec.rolloutWindow, TOOL_DEFAULTS.rolloutWindowMs, 'rolloutWindow'),
    maxResultBytes,
    keyValidForMs: ms(
      spec.effect === 'idempotent' ? spec.keyValidFor : undefined,
      TOOL_DEFAULTS.keyValidForMs,
      'keyValidFor',
    ),
    taskQueue: spec.taskQueue,
    summary: spec.summary as Tool['summary'],
    key: effectful?.key as Tool['key'],
    sameAs: effectful?.sameAs as Tool['sameAs'],
    releases: effectful?.releases as Tool['releases'],
    output: spec.output,
    ...probeOf(spec, here),
    compensation: compensationOf(spec, here),
    approval: approvalOf(spec.approval, here),
    ...(spec.usesState === true ? { usesState: true } : {}),
    run: spec.run as Tool['run'],
  };
}
