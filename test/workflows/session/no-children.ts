/** A session without children: whatever asks for one is an error of the test. */
import type { TurnDeps } from '../../../workflows/session/turn';
import type { ParkableFamily } from '../../../workflows/session/next-run';

const none = async (): Promise<never> => {
  throw new Error('this session has no children');
};

export const NO_CHILDREN: Pick<TurnDeps, 'family' | 'forward'> = {
  family: { isBegun: () => false, delegate: none, transfer: none, giveResult: none, refused: () => undefined },
  forward: none,
};

export const NO_FAMILY_TO_PARK: ParkableFamily = {
  park: () => undefined,
  resume: () => undefined,
  atRest: () => true,
  cannotPark: () => false,
  isNeeded: () => false,
  isQuiet: () => true,
};
