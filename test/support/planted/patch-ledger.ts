/** Wraps each ledger that the worker opens. */
import type { openLedger } from '../../../activities/ledger/open-ledger';
import type { Ledger } from '../../../activities/ledger/port';
import { patchExport } from './patch-export';

type Open = typeof openLedger;

/** @param change gets the ledger and returns the methods that are replaced. */
export function patchLedger(change: (ledger: Ledger) => Partial<Ledger> | Promise<Partial<Ledger>>): void {
  patchExport<Open>('activities/ledger/open-ledger', 'openLedger', (open) => async (options) => {
    const ledger = await open(options);
    const changed = await change(ledger);
    return new Proxy(ledger, {
      get(target, name) {
        const own: unknown = Reflect.get(name in changed ? changed : target, name);
        return typeof own === 'function' ? (own as () => unknown).bind(target) : own;
      },
    });
  });
}
