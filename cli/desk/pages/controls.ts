/** How a person steps in: speaking, taking over, holding the session, and what stands. */
import type { SessionStatus } from '../../../workflows/contracts';
import { safeLine } from '../../terminal-text';
import { actForm, textArea, typedIn, type FormFrame } from './form';
import { hidden } from './layout';
import { markup, type Content, type Markup } from './markup';
import { moment } from './times';
import { amountInWords } from './waiting';
import { inWords } from './values';

const SPOKEN = markup`name="text" required rows="3" maxlength="16000"`;

export function controls(frame: FormFrame, status: SessionStatus, now: number): Markup {
  const { person, paused, queued } = status;
  const speak = typedIn(frame, 'speak', '');
  const note = typedIn(frame, 'note', '');
  return markup`
${person && markup`<p class="note"><strong>${person.by}</strong> has taken over ${moment(person.since, now)}${because(person.reason)}: the user's messages wait for an answer by a person${queued > 0 && markup` (${queued} waiting)`}.</p>`}
${paused && markup`<p class="note">Paused by <strong>${paused.by}</strong> ${moment(paused.since, now)}${because(paused.reason)}: nothing new is begun.</p>`}
${actForm(
  frame,
  'speak',
  '',
  markup`<label>Speak to the user as ${status.agent}${textArea(SPOKEN, speak?.get('text') ?? '')}</label><button>${person && queued > 0 ? 'Answer the user' : 'Say this to the user'}</button>`,
)}
<div class="row">
${person ? actForm(frame, 'hand-back', '', markup`<button>Hand back to the agent</button>`) : actForm(frame, 'take-over', '', markup`<button>Take over</button>`)}
${paused ? actForm(frame, 'resume', '', markup`<button>Resume</button>`) : actForm(frame, 'pause', '', markup`<button>Pause</button>`)}
</div>
<details class="more-acts"${note && markup` open`}><summary>Leave a note for the agent…</summary>${actForm(
    frame,
    'note',
    '',
    markup`<label>The agent reads it before it goes on; the user does not${textArea(SPOKEN, note?.get('text') ?? '')}</label><button>Leave this note</button>`,
  )}</details>
${
  status.status !== 'waiting_for_user' &&
  markup`<details class="more-acts"><summary>Stop the turn…</summary>${actForm(frame, 'stop', '', markup`<p>What is under way is finished and recorded; the user is answered that it was stopped.</p><button class="danger">Stop the turn</button>`)}</details>`
}
${standing(frame, status, now)}`;
}

function standing(frame: FormFrame, { standing: decisions = [] }: SessionStatus, now: number): Content {
  if (decisions.length === 0) return '';
  return markup`<h3 class="label">Decisions for later calls</h3><ul class="standing-list">${decisions.map(
    ({ actId, tool, upTo, unit, by, at }) =>
      markup`<li>${inWords(tool)}${upTo !== undefined && markup` up to ${amountInWords({ value: upTo, unit })}`}: approved by ${by} ${moment(at, now)} ${actForm(frame, 'revoke', actId, markup`${hidden('standing', actId)}<button class="plain">Take back</button>`)}</li>`,
  )}</ul>`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${safeLine(reason)})`;
}
