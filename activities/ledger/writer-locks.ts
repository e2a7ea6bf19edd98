/**
 * Names of what a write transaction on Postgres locks before it reads: the call, and the effect of its business key. SQLite lets one
 * writer in at a time; these keep those apart that would meet.
 */
import type { LedgerTransaction } from './claims';
import type { WriteScope } from './write-transaction';

/** @param trx to look up the business key of a call that has a row; what it says may change before the locks are there. */
export async function namesOf(trx: LedgerTransaction, scope: WriteScope): Promise<readonly string[]> {
  switch (scope.kind) {
    case 'statement':
      return [];
    case 'call':
      return [callName(scope.callKey)];
    case 'claim': {
      const { callKey, tenant, tool, businessKey } = scope;
      return [callName(callKey), ...effectNames(tenant, tool, businessKey)];
    }
    case 'call_and_effect': {
      const row = await trx
        .selectFrom('holdfast_calls')
        .select(['tenant', 'tool', 'business_key'])
        .where('call_key', '=', scope.callKey)
        .executeTakeFirst();
      return [callName(scope.callKey), ...effectNames(row?.tenant ?? '', row?.tool ?? '', row?.business_key)];
    }
  }
}

function callName(callKey: string): string {
  return `call ${callKey}`;
}

function effectNames(tenant: string, tool: string, businessKey: string | null | undefined): readonly string[] {
  return businessKey == null ? [] : [`effect ${JSON.stringify([tenant, tool, businessKey])}`];
}
