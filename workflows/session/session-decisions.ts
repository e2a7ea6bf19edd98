/** What was decided of a session and its calls: its end, the stop of a turn, the acts that were done, words for the model. Plain data. */
import type { JsonObject } from '../contracts/json';
import type { DecideResult, InterveneAct } from '../contracts/messages';
import type { OnStop } from '../contracts/model';
import type { Resolution, ToolOutcome } from '../contracts/tool';

/** Why the session is about to close. */
export interface Ending {
  readonly status: 'completed' | 'stopped' | 'cancelled';
  readonly reason: string;
  readonly message?: string;
  /** As the act said; absent: as the agent's definition says. */
  readonly onStop?: OnStop;
}

/** Why the running turn is being stopped while the session stays open. */
export interface TurnStop {
  readonly message: string;
  readonly onStop?: OnStop;
  /** `interrupted`: the user's next message is in its place. Absent: a person stopped it. */
  readonly kind?: 'interrupted';
  /** Set where a person answers in its place: that is the turn's answer. */
  readonly answer?: { readonly text: string; readonly by: string };
}

/** Words of the engine, or of a person, for the model's next call. */
export interface ModelNote {
  readonly reason: string;
  readonly text: string;
  readonly by?: string;
  readonly callId?: string;
  readonly detail?: JsonObject;
}

/** How a call was decided on that people had to approve. */
export interface Decided {
  readonly callId: string;
  readonly call: 'approved' | 'rejected';
  /** Names; `policy` of a deadline, `user` of a message that withdrew it. */
  readonly by: readonly string[];
  /** ms since the epoch. */
  readonly at: number;
  /** Of what ran, or would have. */
  readonly argsHash: string;
}

/** A person's act that was done. */
export interface DoneAct {
  readonly act: InterveneAct | 'resolve' | 'decide';
  readonly callId?: string;
  /** As `contentOfAct` gives it. */
  readonly content: string;
  /** With `resolve`: what was decided. */
  readonly as?: Resolution;
  /** With `undo` and `cancel_call`. */
  readonly outcome?: ToolOutcome;
  /** With `decide`: as it was answered, but for the kind. */
  readonly decision?: Omit<DecideResult, 'kind' | 'status'>;
}
