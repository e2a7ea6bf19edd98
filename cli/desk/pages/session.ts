/** The page of a session: what waits first, then how to step in, then the conversation. */
import type { PendingItem, SessionStatus } from '../../../workflows/contracts';
import { dollars } from '../../../workflows/contracts';
import type { SessionView } from '../source';
import { itemVersion } from '../versions';
import { approvalCard, type ApprovalFrame } from './approval-card';
import { controls } from './controls';
import { conversation, saidWithCalls } from './conversation';
import { markup, type Content, type Markup } from './markup';
import { limitCard, unresolvedCard } from './other-cards';
import { moment } from './times';
import { grouped } from './values';
import { kindInWords, statusInWords } from './waiting';

const ENDED = new Set(['completed', 'stopped', 'cancelled', 'failed']);

/** @param more whether more of the conversation can be shown on request. */
export function sessionPage(frame: ApprovalFrame, view: SessionView, more: boolean): Markup {
  const { status, pending } = view;
  const { agent, active, user, tenant, usage } = status;
  const said = saidWithCalls(view.items);
  const cards = pending.filter(({ kind }) => kind !== 'paused' && kind !== 'with_person');
  return markup`
<div class="head"><p class="back"><a href="/">All that waits</a></p><h1>${status.sessionId}</h1>
<p class="quiet" data-live="status">${agent}${active && markup`, now with <strong>${active.agent}</strong>`}${user !== undefined && markup` · for ${user}`}${tenant !== undefined && markup` · ${tenant}`} · ${statusInWords(status.status)} since ${moment(status.since, frame.now)} · turn ${status.turn} · ${dollars(usage.microUsd)}, ${grouped(usage.inputTokens + usage.outputTokens)} tokens${status.queued > 0 && markup` · ${status.queued} messages wait`}</p></div>
<div class="columns">
<div class="decisions">
<section aria-label="What waits for a person" data-live="items">
${cards.length === 0 ? markup`<p class="empty">Nothing waits for a decision here.</p>` : cards.map((item) => card(frame, item, view, said))}
</section>
${
  ENDED.has(status.status)
    ? markup`<p class="note">This session has ended${status.reason !== undefined && markup`: ${status.reason.slice(0, 300)}`}.</p>`
    : markup`<section class="controls" aria-labelledby="step-in" data-live="controls"><h2 id="step-in">Step in</h2>${controls(frame, status, frame.now)}</section>`
}
</div>
<section class="conversation" aria-labelledby="talk"><h2 id="talk">Conversation</h2><div data-live="talk">
${conversation({ ...view, sessionId: status.sessionId, more })}
</div></section>
</div>`;
}

function card(
  frame: ApprovalFrame,
  item: PendingItem,
  { status }: SessionView,
  said: ReadonlyMap<string, string>,
): Markup {
  return markup`<article class="card" id="item-${item.id}" data-item="${item.id}" data-version="${itemVersion(item)}" tabindex="-1">
<p class="badge ${item.kind}">${kindInWords(item.kind)}</p>${item.child !== undefined && markup` <span class="quiet">${whose(item.child, status)}</span>`}
${inner(frame, item, said)}
</article>`;
}

/** Of a child in which something waits. A session knows the agents of its own children, and not of theirs. */
function whose(child: string, { children = [] }: SessionStatus): string {
  const agent = children.find((each) => each.child === child)?.agent;
  return agent === undefined ? `in ${child}` : `${agent}, in ${child}`;
}

function inner(frame: ApprovalFrame, item: PendingItem, said: ReadonlyMap<string, string>): Content {
  const { approval, call, limit } = item;
  if (approval) return approvalCard(frame, { ...item, approval }, said.get(approval.callId));
  if (call) return unresolvedCard(frame, call, frame.now);
  if (limit) return limitCard(frame, limit, item, frame.now);
  return markup`<p>${item.summary}</p><p class="quiet">It is unblocked by the update <code>${item.unblockedBy}</code>.</p>`;
}
