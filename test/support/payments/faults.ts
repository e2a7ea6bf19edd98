/** How the payment service misbehaves when it is told to. Imports nothing of ours. */

/** What happens to a request, before or after it is carried out. */
export type PaymentFault =
  /** Carried out; the answer is kept back until `release`. */
  | 'hold'
  /** Kept back before it is carried out; who has gone by `release` gets nothing done. */
  | 'hold-unapplied'
  /** Carried out and never answered. */
  | 'stall'
  /** Carried out; the connection is then cut without an answer. */
  | 'cut'
  /** The connection is cut and nothing is done. */
  | 'cut-unapplied'
  /** Answered with 503, and nothing is done. */
  | 'unavailable';

export interface FaultOrder {
  readonly fault: PaymentFault;
  /** Only requests whose order holds this text; absent: all. */
  readonly orders?: string;
  /** Only requests of this tool; absent: of all. */
  readonly tool?: string;
  /** How many requests; absent: all that come until `calm`. */
  readonly times?: number;
}
