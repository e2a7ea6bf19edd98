/** Planted: the outcome is recorded as soon as the call is claimed, and the effect follows. */
import { patchLedger } from './patch-ledger';

patchLedger((ledger) => ({
  claimToolCall: async (request) => {
    const claim = await ledger.claimToolCall(request);
    if (claim.kind === 'run') {
      const outcome = { kind: 'succeeded', result: request.args } as const;
      await ledger.settleToolCall({ callKey: request.callKey, fence: claim.fence, outcome });
    }
    return claim;
  },
  // A settled call has no lease: its body is to run all the same.
  renewLease: async () => true,
}));
void import('../worker-main.js');
