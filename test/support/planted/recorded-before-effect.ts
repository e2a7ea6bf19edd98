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
}));
void import('../worker-main.js');
