/** Planted: a call's key that holds the number of the attempt, so that each attempt is a call of its own. */
import { patchLedger } from './patch-ledger';

patchLedger((ledger) => {
  /** Key of each call's last claim by this process. */
  const keys = new Map<string, string>();
  const keyOf = (callKey: string) => keys.get(callKey) ?? callKey;
  return {
    claimToolCall: (request) => {
      const callKey = `${request.callKey}.${request.attempt}`;
      keys.set(request.callKey, callKey);
      return ledger.claimToolCall({ ...request, callKey });
    },
    renewLease: (callKey, fence, leaseMs) => ledger.renewLease(keyOf(callKey), fence, leaseMs),
    bodyFailed: (failure) => ledger.bodyFailed({ ...failure, callKey: keyOf(failure.callKey) }),
    settleToolCall: (settle) => ledger.settleToolCall({ ...settle, callKey: keyOf(settle.callKey) }),
  };
});
void import('../worker-main.js');
