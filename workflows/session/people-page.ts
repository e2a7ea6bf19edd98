/** Who holds the session, what people decided for later calls too, and what was refused lately, on the page of current details. Plain code. */
import { inertMarkdown } from '../contracts/display';
import type { RefusedAct } from '../contracts/messages';
import { INTERVENE_UPDATE } from '../contracts/names';
import type { Hold, StandingDecision } from '../contracts/session';
import { allStanding } from './family-views';
import { literal, pasted, utc } from './page-words';
import type { SessionState } from './session-state';

const SHOWN_REFUSALS = 3;
const SHOWN_STANDING = 5;

/** Who holds it, and what lets it go on. */
export function holdBlocks({ sessionId, paused, person }: SessionState): readonly string[] {
  const command = (words: string) => literal(`holdfast ${words}`, sessionId);
  // The id of the hold is in it, so that the same words do not stand for an act that was done before.
  const act = (name: string, hold: Hold, more = {}) =>
    pasted({ actId: `${name}.${hold.since}`, act: name, ...more, by: 'who' });
  return [
    ...(paused
      ? [
          `**Paused** by ${holdWords(paused)}. Nothing new begins. To go on: the update \`${INTERVENE_UPDATE}\` with ${act('resume', paused)}, or ${command(`resume ${sessionId}`)}.`,
        ]
      : []),
    ...(person
      ? [
          [
            `**With ${inertMarkdown(person.by, 60)}**, who took over: ${holdWords(person)}. Users’ messages wait for this person.`,
            [
              `- Answer as the agent: the update \`${INTERVENE_UPDATE}\` with \`{"actId": "new-id", "act": "speak", "text": "…", "by": "who"}\`, or ${command(`say ${sessionId} '…'`)}`,
              `- Give it back to the agent: ${act('hand_back', person)}, or ${command(`hand-back ${sessionId}`)}`,
            ].join('\n'),
          ].join('\n\n'),
        ]
      : []),
  ];
}

function holdWords({ by, since, reason }: Hold): string {
  return `${inertMarkdown(by, 60)} since ${utc(since)}${reason === undefined ? '' : ` (${inertMarkdown(reason, 200)})`}`;
}

/** First words of the page while somebody holds the session. */
export function holdReason({ paused, person }: SessionState): string | undefined {
  if (paused) return `paused by ${inertMarkdown(paused.by, 60)}`;
  return person ? `with ${inertMarkdown(person.by, 60)}` : undefined;
}

/** Decisions that hold for later calls, and how they are taken back. */
export function standingBlock(state: SessionState): string {
  const standing = allStanding(state);
  if (standing.length === 0) return '';
  const older = standing.length - SHOWN_STANDING;
  return [
    'Approved for later calls too:',
    standing.slice(-SHOWN_STANDING).map(standingLine).join('\n'),
    ...(older > 0 ? [`And ${older} older: see the query \`status\`.`] : []),
  ].join('\n\n');
}

function standingLine({ tool, upTo, by, at, actId, child }: StandingDecision): string {
  const amount = upTo === undefined ? '' : ` up to ${upTo}`;
  const revoke = pasted({ actId: `revoke.${at}`, act: 'revoke', standing: actId, by: 'who' });
  const where = child === undefined ? '' : ` in the child ${inertMarkdown(child, 60)}`;
  return `- ${inertMarkdown(tool)}${amount}${where}, by ${inertMarkdown(by, 60)} since ${utc(at)}; taken back by the update \`${INTERVENE_UPDATE}\` with ${revoke}`;
}

/** The last acts and decisions that were refused, and how many there were. */
export function refusalsBlock({ refused, refusals }: SessionState): string {
  if (refused === 0) return '';
  if (refusals.length === 0) return `Refused signals: ${refused}.`;
  return [`Refused so far: ${refused}. The last:`, refusals.slice(-SHOWN_REFUSALS).map(refusalLine).join('\n')].join(
    '\n\n',
  );
}

function refusalLine({ at, message, act, callId, by, problem }: RefusedAct): string {
  const what = [message, act, callId]
    .flatMap((word) => (word === undefined ? [] : [inertMarkdown(word, 60)]))
    .join(' ');
  return `- ${utc(at)}: ${what}${by === undefined ? '' : ` by ${inertMarkdown(by, 60)}`}: ${inertMarkdown(problem, 200)}`;
}
