/** What the courier's model answers, by the content of the request alone. */
import { callsTool, says, type Script } from '../../testing';

export const COURIER = 'courier';

/** The message that makes so many deliveries, one a step. */
export const deliverParcels = (count: number): string => `Deliver ${count} parcels.`;
export const delivered = (count: number): string => `Delivered ${count}.`;

export const courierScript: Script = {
  name: 'courier',
  turns: [],
  fallback: ({ user, position }) => {
    const count = Number(/^Deliver (\d+) parcels\.$/.exec(user)?.[1] ?? 0);
    return position < count ? callsTool('deliver', { parcel: position + 1 }) : says(delivered(count));
  },
};
