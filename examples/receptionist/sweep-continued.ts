/**
 * The receptionist's sweep with a session that continues as new every few steps:
 * `holdfast sweep receptionist --script dist/examples/receptionist/sweep-continued.js`. The patient also hands in letters, which are longer than
 * what one run of a session takes along to the next, so that the conversation is stored too.
 */
import { says, type ScriptTurn } from '../../testing';
import type { SweepPlan } from '../../testing/sweep/plan';
import { sweep as calm } from './sweep';

/** As few as a session may be told. */
const CONTINUE_AFTER = { events: 30 };
const LETTER_BYTES = 140_000;

const letterOf = (year: number): string =>
  `Here is the letter of my doctor of ${year}. `.padEnd(LETTER_BYTES, 'The patient was well and had no complaints. ');

const LETTERS: ScriptTurn = {
  user: /^Here is the letter of my doctor of \d{4}\./,
  answers: [says('Thank you. I have put the letter with your records.')],
};

const [first = '', ...later] = calm.messages;

export const sweep: SweepPlan = {
  ...calm,
  script: { ...calm.script, turns: [LETTERS, ...calm.script.turns] },
  messages: [letterOf(2024), first, letterOf(2025), ...later],
  session: { continueAfter: CONTINUE_AFTER },
};
