/** What is done about a model that gets nowhere: the next rung of the ladder its agent declares. Plain code. */
import type { DetectorName, LimitState, Rung } from '../contracts/limits';
import { seen, withRungTaken } from './detectors';
import { onLimitOf } from './limits';
import { appendNote } from './notes';
import { apply, type SessionState } from './session-state';

/** A rung that is due. */
export interface DueRung {
  readonly detector: DetectorName;
  readonly rung: Rung;
  /** How many of its detector's rungs are taken with it, those that were passed over included. */
  readonly rungs: number;
  /** How often it was noticed, and at how many this rung is due. */
  readonly noticed: LimitState;
}

const DETECTORS: readonly DetectorName[] = [
  'sameCall',
  'alternatingCalls',
  'repairStorm',
  'emptyAnswers',
  'toolFailures',
];

/** What was noticed, and what would help. A record, so that the compiler says what is missing when another detector is added. */
const NOTICED: Readonly<Record<DetectorName, { readonly what: string; readonly advice: string }>> = {
  sameCall: {
    what: 'the same tool call with the same arguments was made in step after step',
    advice: 'Its outcome is above. Use it, try something else, or tell the user what stands in the way.',
  },
  alternatingCalls: {
    what: 'the same two steps were made by turns, again and again',
    advice: 'Their outcomes are above. Use them, try something else, or tell the user what stands in the way.',
  },
  repairStorm: {
    what: 'one answer after the other could not be used',
    advice: 'Read what was wrong with them. Where no tool fits, answer the user in plain words.',
  },
  emptyAnswers: {
    what: 'one answer after the other was empty',
    advice: 'Answer the user in words, or call a tool.',
  },
  toolFailures: {
    what: 'one tool call after the other failed or was rejected',
    advice:
      'Read what their outcomes say before the next call. Try something else, or tell the user what stands in the way.',
  },
  handoffCycle: {
    what: 'the user was handed back and forth with nothing new in between',
    advice: 'See to what the user wants yourself, or tell the user what stands in the way.',
  },
};

/**
 * The rung to be taken, if one is due.
 * @param detectors those that are looked at; absent: those of a step.
 */
export function dueRung(state: SessionState, detectors: readonly DetectorName[] = DETECTORS): DueRung | undefined {
  const { policy, bounding } = state;
  for (const detector of detectors) {
    const declared = policy?.detectors?.[detector];
    if (!declared) continue;
    const { count, rungs } = seen(bounding.noticed, detector);
    const bound = `detector.${detector}` as const;
    const limit = declared.after + (bounding.extended[bound] ?? 0);
    if (count < limit) continue;
    const next = declared.ladder.findIndex((rung, index) => index >= rungs && isPossible(state, rung));
    const rung = declared.ladder[next];
    if (rung) return { detector, rung, rungs: next + 1, noticed: { bound, limit, used: count } };
  }
  return undefined;
}

/** Takes a rung: one event in the record, and the detector counts anew. What waits or ends is the caller's to do. */
export function takeRung(state: SessionState, { detector, rung, rungs, noticed }: DueRung, now: number): void {
  const noted = withRungTaken(state.bounding.noticed, detector, rungs);
  const stronger = rung === 'stronger_model' ? { stronger: true as const } : {};
  apply(state, { kind: 'bounding_changed', bounding: { ...state.bounding, noticed: noted, ...stronger } }, now);
  const { what, advice } = NOTICED[detector];
  const times = `(${noticed.used} times)`;
  switch (rung) {
    case 'note':
      return appendNote(state, 'model', 'detector', `Noticed: ${what} ${times}. ${advice}`, now);
    case 'stronger_model':
      return appendNote(
        state,
        'record',
        'detector',
        `${detector}: ${what} ${times}; the stronger model is asked for the rest of the turn`,
        now,
      );
    case 'ask':
      return appendNote(state, 'record', 'detector', `${detector}: ${what} ${times}; a person is asked`, now);
    case 'stop':
      return appendNote(state, 'record', 'detector', `${detector}: ${what} ${times}; the turn is ended`, now);
  }
}

function isPossible(state: SessionState, rung: Rung): boolean {
  switch (rung) {
    case 'note':
    case 'stop':
      return true;
    case 'stronger_model':
      return state.policy?.strongerModel === true && state.bounding.stronger !== true;
    case 'ask':
      return onLimitOf(state) === 'ask';
    default:
      return isNoRung(rung);
  }
}

/** A later version's ladder may have more rungs: one that is not understood is passed over. */
function isNoRung(_rung: never): false {
  return false;
}
