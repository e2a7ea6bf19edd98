/** When a bound cannot be extended, in words. Plain code. */
import type { InterveneRequest } from '../contracts/messages';
import { extendable, limitState } from './limits';
import type { SessionState } from './session-state';

/** @returns null where it can. */
export function extensionRefusal(
  state: SessionState,
  { bound, amount }: Pick<InterveneRequest, 'bound' | 'amount'>,
): string | null {
  if (amount === undefined || !Number.isSafeInteger(amount) || amount <= 0) {
    return `extend expects amount, a whole number above 0 of the bound's unit, got ${String(amount)}`;
  }
  const limit = bound === undefined ? undefined : limitState(state, bound);
  if (bound === undefined || !limit) {
    const names = extendable(state);
    if (!state.policy) {
      const own = names.length === 0 ? '' : `, and those that it was given itself are: ${names.join(', ')}`;
      return `the bound ${String(bound)} is not known yet: a session knows its agent's bounds once the model has answered for the first time${own}`;
    }
    const known = names.length === 0 ? 'none is' : `those that are: ${names.join(', ')}`;
    return `the bound ${String(bound)} is not declared in this session, so it cannot be extended; ${known}`;
  }
  if (!Number.isSafeInteger(limit.limit + amount)) {
    return `${bound} is ${limit.limit}, and with ${amount} more it could not be counted exactly`;
  }
  if (!state.active && !bound.startsWith('session.') && !bound.startsWith('call.')) {
    return `no turn is running, and ${bound} begins anew with each turn`;
  }
  return null;
}
