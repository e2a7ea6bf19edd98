/** What the payment service's journal holds. */
import type * as journal from '../../shared/services/journal';

export type PaymentEffect =
  | {
      readonly kind: 'refund';
      readonly id: string;
      /** Of the request: one that comes again under it is answered with the same refund. */
      readonly reference: string;
      readonly order: number;
      readonly item: string;
      /** In pence. */
      readonly amount: number;
      readonly currency: string;
      readonly reason: string;
    }
  | { readonly kind: 'reversal'; readonly id: string; readonly refundId: string };

export type JournalRow = journal.JournalRow<PaymentEffect>;
