/** What the journal of the clinic's outside services holds. */
import * as shared from '../../shared/services/journal';

/** What a request brought about. */
export type ServiceEffect =
  | {
      readonly kind: 'charge';
      readonly id: string;
      /** As the caller gave it; nobody here looks whether it was there before. */
      readonly reference: string;
      /** In the smallest unit of the currency. */
      readonly amount: number;
      readonly currency: string;
      readonly description: string;
    }
  | { readonly kind: 'refund'; readonly id: string; readonly chargeId: string }
  | { readonly kind: 'message'; readonly id: string; readonly to: string; readonly text: string };

export type JournalRow = shared.JournalRow<ServiceEffect>;

export { applied, nextId } from '../../shared/services/journal';

/** All rows, oldest first; none where there is no file yet. */
export function readJournal(file: string): readonly JournalRow[] {
  return shared.readJournal<ServiceEffect>(file);
}
