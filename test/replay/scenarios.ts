/**
 * The sessions whose histories are kept: each runs for real when it is recorded, once and for all. A new scenario is added when the
 * interpreter learns to do something that no kept history shows; an old one is never changed.
 */
import type { Agent } from '../../agents';
import type { Script } from '../../testing';
import type { Stage } from '../session/stage';
import { behaviourScenarios } from './behaviour-scenarios';
import { endingScenarios } from './ending-scenarios';
import { familyScenarios } from './family-scenarios';
import { peopleScenarios } from './people-scenarios';
import { receptionistScenarios } from './receptionist-scenarios';
import { waitingScenarios } from './waiting-scenarios';

export interface Scenario {
  /** Name of the file it is kept in; of the files, with the path of each child and the number of each run, where there are several. */
  readonly name: string;
  readonly script: Script;
  /** How long the model thinks, ms. */
  readonly latencyMs?: number;
  /** May need the stage's folder, for files of their own. */
  readonly agents: (folder: string) => readonly Agent[];
  readonly ledgers?: (folder: string) => Readonly<Record<string, string>>;
  /** Brings the session about. @returns its workflow id; by then it has got to where its history is to end. */
  readonly play: (stage: Stage, modelUrl: string) => Promise<string>;
}

export const SCENARIOS: readonly Scenario[] = [
  ...receptionistScenarios(),
  ...behaviourScenarios(),
  ...endingScenarios(),
  ...waitingScenarios(),
  ...peopleScenarios(),
  ...familyScenarios(),
];
