/** `holdfast ledger prune`: deletes rows of a ledger that nobody needs any more. */
import { jsonContentCodec } from '../../activities/ledger';
import { toMs, type Duration } from '../../agents/duration';
import { wantsJson, type OutputFlags } from '../connection-flags';
import { writeLine, type Io } from '../io';
import { UsageError } from '../report-error';
import { withLedger, type LedgerFlags } from './open';

export interface LedgerPruneFlags extends LedgerFlags, OutputFlags {
  readonly olderThan: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

/** A session that is tried again, or reset, must find its rows: younger ones are deleted only by those who insist. */
const LEAST_AGE_MS = 86_400_000;

const KEPT =
  'calls that are started or unresolved, keys that are in use with the calls that own them, stored conversations of sessions that have ' +
  'not ended, and all that is younger';

export async function pruneLedger(flags: LedgerPruneFlags, io: Io): Promise<number> {
  const ageMs = readAge(flags.olderThan);
  if (ageMs < LEAST_AGE_MS && !flags.force) {
    throw new UsageError(
      `--older-than ${flags.olderThan} is less than a day: a session that is open may still need those rows, and would do again what ` +
        'they record; give a longer time, or --force',
    );
  }
  const dryRun = flags.dryRun === true;
  // Nothing is decoded, so that a sealed ledger can be pruned without its codecs.
  return withLedger(
    flags,
    io,
    async (ledger) => {
      const settledBefore = (await ledger.now()) - ageMs;
      const { calls, effects, segments } = await ledger.prune({ settledBefore, dryRun });
      const before = new Date(settledBefore).toISOString();
      if (wantsJson(flags)) {
        const report = { ledger: ledger.id, settledBefore: before, dryRun, calls, effects, segments };
        writeLine(io.stdout, JSON.stringify(report, null, 2));
        return 0;
      }
      const rows = `${count(calls, 'call')} and ${count(effects, 'effect')} settled before ${before} from the ledger ${ledger.id}`;
      const parts = `${count(segments, 'stored part')} of conversations that had ended by then`;
      writeLine(io.stdout, `${dryRun ? 'would delete' : 'deleted'} ${rows}, and ${parts}`);
      writeLine(io.stdout, `${dryRun ? 'would keep' : 'kept'} ${KEPT}`);
      return 0;
    },
    jsonContentCodec,
  );
}

function readAge(text: string): number {
  try {
    return toMs(text as Duration, '--older-than');
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
