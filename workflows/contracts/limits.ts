/**
 * Limits across the boundary: what may be used per model call, per turn and in a whole session, and what is done where a bound is met or
 * the model goes in circles. Declared by agents, carried in the policy, obeyed by the interpreter. Whole numbers everywhere.
 */

import type { SliceKind } from './handoff';

/** What a turn, or a session in all its turns, may use. Absent: no bound. */
export interface Bounds {
  /** Model calls that may ask for tools. */
  readonly steps?: number;
  /** Requests to a model: steps, repeats after an unusable answer, last answers. */
  readonly modelCalls?: number;
  /** Input and output tokens. */
  readonly tokens?: number;
  /** Micro-dollars, 10^-6 USD. */
  readonly microUsd?: number;
  /** ms in which the session was at work; time in which it waited for its user or for a person does not count. */
  readonly wallClockMs?: number;
  /** Answers that had to be sent back because they could not be used. */
  readonly repairs?: number;
  /** Tool calls with the outcome `failed`. */
  readonly toolFailures?: number;
  /** How often the user was handed over to another agent. */
  readonly handoffs?: number;
}

/** What one model call may use, all its attempts together. */
export type CallBounds = Pick<Bounds, 'tokens' | 'microUsd' | 'wallClockMs'>;

/** `ask`: the turn waits until a person extends the bound or stops it. `stop`: a last answer without tools, marked partial. */
export type OnLimit = 'ask' | 'stop';

export interface Limits {
  readonly call?: CallBounds;
  readonly turn?: Bounds;
  readonly session?: Bounds;
  /** Absent: `stop`. */
  readonly onLimit?: OnLimit;
  /** With `ask`: how long a person is waited for before it is as with `stop`, ms. Absent: for ever. */
  readonly askMs?: number;
}

/** What is noticed of a model that gets nowhere. */
export type DetectorName =
  /** The same tool with the same arguments, in step after step. */
  | 'sameCall'
  /** Two calls, by turns. */
  | 'alternatingCalls'
  /** Answers sent back as unusable, one after the other. */
  | 'repairStorm'
  /** Tool calls that failed or were rejected, one after the other. */
  | 'toolFailures'
  /** Empty answers, one after the other. */
  | 'emptyAnswers'
  /** Handoffs to an agent that had the session before, without a new fact since. */
  | 'handoffCycle';

/**
 * What is done about it: a note to the model; the agent's stronger model for the rest of the turn (where it declares one); a person is asked
 * (where `onLimit` is `ask`); a last answer without tools, marked partial.
 */
export type Rung = 'note' | 'stronger_model' | 'ask' | 'stop';

export interface DetectorPolicy {
  /** How many in a row are noticed, and so many more for each further rung. */
  readonly after: number;
  /** Taken from the left, each once per turn; one that is not possible is passed over. */
  readonly ladder: readonly Rung[];
}

/** Absent: off. */
export type Detectors = Readonly<Partial<Record<DetectorName, DetectorPolicy>>>;

/** A bound as acts and displays name it. `extend` on a detector lets it pass so many times more. */
export type LimitName =
  | `call.${keyof CallBounds}`
  | `turn.${keyof Bounds}`
  | `session.${keyof Bounds}`
  | `detector.${DetectorName}`
  /** Of a child: what its parent gave it. Not to be extended: the parent's own bounds are. */
  | `family.${SliceKind}`;

/** A bound, and where it stands. */
export interface LimitState {
  readonly bound: LimitName;
  /** With what people added. */
  readonly limit: number;
  readonly used: number;
  /** Where the next call was estimated to need more than is left: how much. */
  readonly needed?: number;
}
