/** What waits for a person other than an approval: a call of which nobody knows whether it happened, and a bound that was met. */
import {
  inertJson,
  limitAmount,
  limitStanding,
  suggestedExtension,
  type LimitState,
  type PendingItem,
} from '../../../workflows/contracts';
import { effectInWords } from './approval-card';
import { actForm, textArea, typedIn, type FormFrame } from './form';
import { hidden } from './layout';
import { markup, verbatim, type Markup } from './markup';
import { moment } from './times';
import { argumentList, foldedText, inWords } from './values';

type UnclearCall = NonNullable<PendingItem['call']>;

export function unresolvedCard(frame: FormFrame, call: UnclearCall, now: number): Markup {
  const { callId, row, args, tool } = call;
  const applied = typedIn(frame, 'applied', callId);
  const cut = '$cut' in args;
  return markup`
<h2>Did “${inWords(tool)}” happen?</h2>
<h3 class="label">What was asked for</h3>
${cut ? markup`<p class="note">The arguments are long; this is their beginning.</p>${foldedText(typeof args.$cut === 'string' ? args.$cut : inertJson(args))}` : argumentList(args)}
<p class="effect">${effectInWords(row.effect)}</p>
<dl class="facts">
<div><dt>Why nobody knows</dt><dd>${foldedText(call.message)}</dd></div>
${row.lastError !== undefined && !call.message.includes(row.lastError) && markup`<div><dt>Last error</dt><dd>${foldedText(row.lastError)}</dd></div>`}
<div><dt>To find it there</dt><dd>key <code>${row.idempotencyKey}</code>${row.businessKey !== undefined && markup`, business key <code>${row.businessKey}</code>`}</dd></div>
<div><dt>First tried</dt><dd>${moment(row.startedAt, now)}; begun ${times(row.attempts)}, failed ${times(row.bodyFailures)}</dd></div>
</dl>
<div class="decide">
<details class="more-acts"${applied && markup` open`}><summary>It happened…</summary>${actForm(
    frame,
    'applied',
    callId,
    markup`<label>What ${inWords(tool)} would have returned, as JSON${textArea(markup`name="result" rows="4" required spellcheck="false" class="code"`, applied?.get('result') ?? '{}')}</label><button>It happened, with this result</button>`,
  )}</details>
<details class="more-acts"><summary>It did not happen…</summary>${actForm(frame, 'absent', callId, markup`<p>It is run (again) now.</p><button>It did not happen: do it now</button>`)}</details>
<details class="more-acts"><summary>Nobody will find out…</summary>${actForm(frame, 'give-up', callId, markup`<p>It is not run again, and the agent is told that nobody knows.</p><button>Give up on it</button>`)}</details>
</div>`;
}

export function limitCard(frame: FormFrame, limit: LimitState, { until, child }: PendingItem, now: number): Markup {
  // A child may have met a bound of the same name.
  const of = child === undefined ? limit.bound : `${child}:${limit.bound}`;
  const suggested = typedIn(frame, 'extend', of)?.get('amount') ?? String(suggestedExtension(limit));
  return markup`
<h2>A limit is reached</h2>
<p><strong>${limit.bound}</strong>: ${limitStanding(limit)}</p>
${until !== undefined && markup`<p class="quiet">Without an answer the turn ends ${moment(until, now)} with what it has.</p>`}
<div class="decide">
${actForm(
  frame,
  'extend',
  of,
  markup`${hidden('amount', String(suggestedExtension(limit)))}<button class="go">Go on with ${limitAmount(limit.bound, suggestedExtension(limit))} more</button>`,
)}
<details class="more-acts"><summary>Another amount…</summary>${actForm(
    frame,
    'extend',
    of,
    markup`<label>How much more, in ${unitOf(limit)}<input name="amount" required autocomplete="off" value="${verbatim(suggested)}"></label><button>Go on with that much more</button>`,
  )}</details>
${actForm(frame, 'stop', '', markup`<button class="danger">Stop the turn</button>`)}
</div>`;
}

function unitOf({ bound }: LimitState): string {
  if (bound.endsWith('.microUsd')) return 'dollars with $ ($0.50) or micro-dollars';
  if (bound.endsWith('.wallClockMs')) return 'minutes (10m), hours (1h) or ms';
  return 'whole numbers';
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
