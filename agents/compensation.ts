/** How a tool says that a success of it is undone, brought into one form. */
import type { EffectClass } from '../workflows/contracts/tool';
import type { LedgerName, ToolCompensation } from './define-tool';
import type { Duration } from './duration';
import { probeOf } from './probe-fields';

/** What is read of a tool's definition. */
interface Compensated {
  readonly effect: EffectClass;
  readonly ledger?: LedgerName<unknown>;
  readonly compensate?: unknown;
}

interface Fields {
  readonly effect?: unknown;
  readonly run?: unknown;
  readonly reconcile?: unknown;
  readonly settleWithin?: Duration;
}

const EFFECTS: readonly ToolCompensation['effect'][] = ['idempotent', 'transactional', 'reconcilable', 'at-most-once'];

/**
 * @param here names the tool in the error.
 * @throws TypeError that says what was expected.
 */
export function compensationOf(spec: object, here: string): ToolCompensation | undefined {
  const { effect: own, ledger, compensate } = spec as Compensated;
  if (compensate === undefined) return undefined;
  if (own === 'read') throw new TypeError(`${here}: a tool that only reads has nothing to compensate`);
  const { effect, run, reconcile, settleWithin } =
    typeof compensate === 'function' ? alone(compensate, own) : fieldsOf(compensate, here);
  const what = `${here}: compensate`;
  if (!EFFECTS.some((each) => each === effect)) {
    throw new TypeError(`${what}.effect must be one of ${EFFECTS.join(', ')}; it says what a repeat would do`);
  }
  if (typeof run !== 'function')
    throw new TypeError(`${what}.run must be a function of the arguments, the result and the context`);
  if (effect === 'transactional' && ledger === undefined) {
    throw new TypeError(
      `${what} is transactional, so the tool names the ledger that lives in its data's database (ledger: ledgerNamed(...))`,
    );
  }
  const undoing = effect as ToolCompensation['effect'];
  return {
    effect: undoing,
    run: run as ToolCompensation['run'],
    ...probeOf({ effect: undoing, reconcile, settleWithin }, what),
  };
}

/** The tool's own promise holds for its undoing only where that has a key or a transaction of its own; its probe asks for the effect, not for the undoing. */
function alone(run: unknown, own: EffectClass): Fields {
  return { effect: own === 'idempotent' || own === 'transactional' ? own : 'at-most-once', run };
}

function fieldsOf(compensate: unknown, here: string): Fields {
  if (typeof compensate === 'object' && compensate !== null) return compensate;
  throw new TypeError(`${here}: compensate must be a function, or { effect, run } with an effect class of its own`);
}
