/**
 * A process that runs calls out of a shared ledger until all are settled, for processes.test.ts, which kills it.
 * Arguments: ledger file, number of calls, and where to stop and wait to be killed: `idempotent` or `transactional`, and the
 * how manieth effect of that class. Even calls are idempotent (their effect: a line on stdout with the key), odd ones
 * transactional (their effect: one more in the table `counter`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '../../../activities/ledger/open-ledger';
import type { ToolCallClaimRequest } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';

type Tables = { counter: { id: number; value: number } };
const DONE: ToolOutcome = { kind: 'succeeded', result: process.pid };

let waitAt = { effect: process.argv[4], left: Number(process.argv[5]) };

/** Inside the effect, at the one that was asked for, this process waits for its end. */
async function effect(kind: 'idempotent' | 'transactional', line: string): Promise<void> {
  console.log(`effect ${line}`);
  if (waitAt.effect !== kind) return;
  waitAt = { ...waitAt, left: waitAt.left - 1 };
  if (waitAt.left > 0) return;
  console.log('waiting');
  await sleep(30_000);
}

async function main(file: string, calls: number): Promise<void> {
  const ledger = await openLedger({ name: 'default', url: file });
  const open = new Set(Array.from({ length: calls }, (_, index) => index));
  while (open.size > 0) {
    const shuffled = [...open].sort(() => Math.random() - 0.5);
    for (const call of shuffled) {
      const request: ToolCallClaimRequest = {
        callKey: `s/c${call}`,
        tenant: '',
        tool: 'count',
        effect: call % 2 === 0 ? 'idempotent' : 'transactional',
        argsHash: 'a'.repeat(64),
        args: { call },
        attempt: 1,
        owner: String(process.pid),
        leaseMs: 150,
        keyValidForMs: 60_000,
      };
      if (call % 2 === 0) {
        const claim = await ledger.claimToolCall(request);
        if (claim.kind === 'run') {
          await effect('idempotent', claim.idempotencyKey);
          await ledger.settleToolCall({ callKey: request.callKey, fence: claim.fence, outcome: DONE });
          console.log(`settled s/c${call} ${process.pid}`);
        } else if (claim.kind === 'held') continue;
      } else {
        const end = await ledger.runTransactional(request, 5_000, async (tx) => {
          const table = tx.withTables<Tables>();
          await table
            .updateTable('counter')
            .set((set) => ({ value: set('value', '+', 1) }))
            .execute();
          await effect('transactional', `s/c${call}`);
          return { outcome: DONE };
        });
        if (end.kind === 'settled') console.log(`settled s/c${call} ${process.pid}`);
        else if (end.kind !== 'replayed') continue;
      }
      open.delete(call);
    }
    await sleep(20);
  }
  await ledger.close();
  console.log('all settled');
}

const [file, calls] = process.argv.slice(2);
void main(String(file), Number(calls));
