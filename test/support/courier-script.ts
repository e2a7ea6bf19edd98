/** What the courier's model answers, by the content of the request alone. */
import { callsTool, says, type Script } from '../../testing';

export const COURIER = 'courier';

/** The message that makes so many deliveries, one a step. `from`: whose they are, where requests of many sessions are to be told apart. */
export const deliverParcels = (count: number, from?: string): string =>
  `Deliver ${count} parcels${from === undefined ? '' : ` of ${from}`}.`;
export const delivered = (count: number): string => `Delivered ${count}.`;

export const courierScript: Script = {
  name: 'courier',
  turns: [],
  fallback: ({ user, position }) => {
    const count = Number(/^Deliver (\d+) parcels(?: of \S+)?\.$/.exec(user)?.[1] ?? 0);
    return position < count ? callsTool('deliver', { parcel: position + 1 }) : says(delivered(count));
  },
};
