/**
 * Names of what a write transaction on Postgres locks before it reads: the call, and the effect of its business key. SQLite lets one
 * writer in at a time; these keep those apart that would meet.
 */
import type { LedgerTransaction } from './claims';
import { RecentCalls } from './recent-calls';
import type { ClaimScope, WriteScope } from './write-transaction';

export class WriterLocks {
  /** What was locked for calls that were claimed here. */
  readonly #claimed = new RecentCalls<readonly string[]>();

  /** @param trx to look up the business key of a call that has a row; what it says may change before the locks are there. */
  async namesOf(trx: LedgerTransaction, scope: WriteScope): Promise<readonly string[]> {
    switch (scope.kind) {
      case 'statement':
        return [];
      case 'call':
        return [callName(scope.callKey)];
      case 'claim':
        return this.namesOfClaim(scope);
      case 'call_and_effect':
        return this.#claimed.get(scope.callKey) ?? lookedUp(trx, scope.callKey);
    }
  }

  namesOfClaim({ callKey, tenant, tool, businessKey }: ClaimScope): readonly string[] {
    const names = [callName(callKey), ...effectNames(tenant, tool, businessKey)];
    this.#claimed.remember(callKey, names);
    return names;
  }
}

async function lookedUp(trx: LedgerTransaction, callKey: string): Promise<readonly string[]> {
  const row = await trx
    .selectFrom('holdfast_calls')
    .select(['tenant', 'tool', 'business_key'])
    .where('call_key', '=', callKey)
    .executeTakeFirst();
  return [callName(callKey), ...effectNames(row?.tenant ?? '', row?.tool ?? '', row?.business_key)];
}

function callName(callKey: string): string {
  return `call ${callKey}`;
}

function effectNames(tenant: string, tool: string, businessKey: string | null | undefined): readonly string[] {
  return businessKey == null ? [] : [`effect ${JSON.stringify([tenant, tool, businessKey])}`];
}
