/** What happens in a random history of calls (effect-world.ts), and what calls end as there. */
import type { SucceededOutcome, ToolOutcome } from '../../../workflows/contracts/tool';

export const BOOKED: SucceededOutcome = { kind: 'succeeded', result: 'booked' };
export const TAKEN: ToolOutcome = { kind: 'failed', reason: 'tool_error', message: 'taken' };
export const STOPPED = { kind: 'cancelled', message: 'stopped' } as const;
export const UNKNOWN = { kind: 'unknown', message: 'cut off' } as const;
export const GIVEN_UP = { kind: 'unknown', message: 'given up' } as const;

export type Fate =
  | 'finishes'
  | 'refuses'
  | 'fails'
  | 'fails safely'
  | 'fails for good'
  | 'dies before'
  | 'dies after'
  | 'sleeps before'
  | 'sleeps after'
  | 'dies asking'
  | 'fails asking'
  | 'is cancelled';

export type Act =
  | { readonly kind: 'attempt'; readonly call: number; readonly fate: Fate; readonly late: number }
  | { readonly kind: 'refuse' | 'resolve' | 'give up' | 'undo'; readonly call: number }
  | { readonly kind: 'cancel' | 'wake' }
  | { readonly kind: 'passes' | 'jumps'; readonly ms: number };
