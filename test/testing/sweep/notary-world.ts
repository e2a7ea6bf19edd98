/** The notary's plan: two deeds in two turns, and the register as the world. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { callsTool, says, type Script, type SweepPlan } from '../../../testing';

export const NOTARY = 'notary';

export interface Entry {
  readonly key: string;
  readonly deed: string;
}

export function readRegister(text: string): readonly Entry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}

const script: Script = {
  name: 'notary',
  turns: [],
  fallback: ({ user, position }) => (position === 0 ? callsTool('enter', { deed: user }) : says(`Entered: ${user}`)),
};

/**
 * @param agentsModule the compiled notary.
 * @param forgets the register enters a deed again though it has its key: the bug that a sweep must find.
 */
export function notaryPlan(agentsModule: string, forgets: boolean): SweepPlan {
  return {
    agentsModule,
    script,
    messages: ['a house', 'a ship'],
    openWorld: async (folder) => {
      const file = path.join(folder, 'register.jsonl');
      return {
        env: { NOTARY_REGISTER: file, NOTARY_FORGETS: forgets ? '1' : '0' },
        snapshot: async () =>
          existsSync(file) ? readRegister(readFileSync(file, 'utf8')).map(({ deed }) => deed) : [],
        close: async () => undefined,
      };
    },
  };
}
