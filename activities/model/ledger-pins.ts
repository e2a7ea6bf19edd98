/** The ledgers an agent uses on this worker, held against those the session is bound to: two ledgers for one session could book twice. */
import { ApplicationFailure } from '@temporalio/common';
import type { Agent } from '../../agents/define-agent';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ModelCallInput } from '../../workflows/contracts/model';
import type { LedgerRef } from '../../workflows/contracts/tool';
import { DEFAULT_LEDGER } from '../ledger/call-identity';
import type { Ledger } from '../ledger/port';

export interface AgentLedgers {
  /** Where model calls are recorded. */
  readonly main: Ledger;
  /** Ids by name, of all that the agent uses. */
  readonly ids: Readonly<Record<string, string>>;
  readonly ref: (name: string) => LedgerRef;
}

/**
 * @throws ApplicationFailure `LedgerMismatch`, retryable: another worker may have the right one.
 */
export function agentLedgers(
  agent: Agent,
  ledgers: ReadonlyMap<string, Ledger>,
  pinned: ModelCallInput['ledgers'],
): AgentLedgers {
  const find = (name: string) => pinnedTo(ledgers, name, pinned, agent.name);
  const used = new Set([
    DEFAULT_LEDGER,
    ...[...agent.tools.values()].flatMap((tool) => (tool.ledger === undefined ? [] : [tool.ledger])),
  ]);
  const found = new Map([...used].map((name) => [name, find(name)]));
  return {
    main: found.get(DEFAULT_LEDGER) as Ledger,
    ids: Object.fromEntries([...found].map(([name, ledger]) => [name, ledger.id])),
    ref: (name) => ({ name, id: (found.get(name) ?? find(name)).id }),
  };
}

/**
 * The ledger of a name, held against the one the session is bound to.
 * @param agent whose it is, for the error.
 * @throws ApplicationFailure `LedgerMismatch`, retryable.
 */
export function pinnedTo(
  ledgers: ReadonlyMap<string, Ledger>,
  name: string,
  pinned: ModelCallInput['ledgers'],
  agent?: string,
): Ledger {
  const ledger = ledgers.get(name);
  if (!ledger) {
    const user = agent === undefined ? 'the session' : `agent ${JSON.stringify(agent)}`;
    throw mismatch(
      `this worker has no ledger named ${JSON.stringify(name)}, which ${user} uses: give it to the worker in "ledgers"`,
    );
  }
  const bound = pinned && Object.hasOwn(pinned, name) ? pinned[name] : undefined;
  if (bound !== undefined && bound !== ledger.id) {
    throw mismatch(
      `the session is bound to the ledger ${JSON.stringify(name)} with id ${bound}, and this worker's has id ${ledger.id}: ` +
        'give all workers of this task queue the same ledger URL, then this call goes on by itself',
    );
  }
  return ledger;
}

const mismatch = (message: string) =>
  ApplicationFailure.create({ type: FAILURE_TYPES.ledgerMismatch, message, nonRetryable: false });
