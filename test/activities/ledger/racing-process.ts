/**
 * A process that opens a ledger several times over, each time with connections of its own, and then claims one business key under many calls
 * at once, for postgres-concurrency.test.ts. Arguments: the ledger's address, the process's number, how many ledgers, and how many claims over
 * each. It opens at once and prints the ledgers' ids, claims when told so (a line on stdin), and prints the kinds of its claims.
 */
import { once } from 'node:events';
import { openLedger } from '../../../activities/ledger/open-ledger';
import { claimOf } from './claim-of';

async function main(url: string, number: string, ledgers: number, claims: number): Promise<void> {
  const opened = await Promise.all(Array.from({ length: ledgers }, () => openLedger({ name: 'default', url })));
  console.log(opened.map((ledger) => ledger.id).join(' '));
  await once(process.stdin, 'data');
  const kinds = await Promise.all(
    opened.flatMap((ledger, opener) =>
      Array.from({ length: claims }, async (_, index) => {
        const call = `p${number}o${opener}c${index}`;
        const claim = await ledger.claimToolCall(claimOf(call, { businessKey: 'tue-9', sameAs: '{}' }));
        return claim.kind;
      }),
    ),
  );
  console.log(kinds.join(' '));
  await Promise.all(opened.map((ledger) => ledger.close()));
  process.exit(0);
}

const [url, number, ledgers, claims] = process.argv.slice(2);
void main(String(url), String(number), Number(ledgers), Number(claims));
