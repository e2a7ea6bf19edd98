/** The first page: what waits, the oldest first. */
import { rolesAsked } from '../../../client';
import type { PendingItem } from '../../../workflows/contracts';
import type { SessionLine, WaitingEntry, WaitingList } from '../source';
import { markup, type Content, type Markup } from './markup';
import { moment } from './times';
import { inWords } from './values';

export interface WaitingFilter {
  readonly role?: string;
  readonly agent?: string;
}

/** Ids that are named of sessions that cannot be read. */
const MOST_NAMED = 5;

/** @param list what waits, before the filter. @param now ms since the epoch. */
export function waitingPage(
  list: WaitingList,
  sessions: readonly SessionLine[],
  filter: WaitingFilter,
  now: number,
): Markup {
  const { entries: all } = list;
  const shown = all.filter(
    ({ agent, item }) =>
      (filter.agent === undefined || agent === filter.agent) &&
      (filter.role === undefined || rolesAsked(item).includes(filter.role)),
  );
  const isFiltered = shown.length < all.length || filter.role !== undefined || filter.agent !== undefined;
  const waitingIn = new Set(all.map(({ sessionId }) => sessionId));
  const others = sessions.filter(({ sessionId }) => !waitingIn.has(sessionId));
  return markup`
<div class="head"><h1>What waits for people</h1><p class="quiet" data-live="count">${count(shown.length, all.length)}</p></div>
${filterForm(all, filter)}
<section aria-label="What waits" data-live="waiting">
${notShown(list)}
${
  shown.length === 0 && (isFiltered || list.unread.length === 0)
    ? markup`<p class="empty">${isFiltered && all.length > 0 ? 'Nothing of this kind waits. ' : 'Nothing waits for anybody. This page shows it when something does.'}${isFiltered && all.length > 0 && markup`<a href="/">Show all that waits</a>`}</p>`
    : markup`<ul class="waiting">${shown.map((entry) => line(entry, now))}</ul>`
}
</section>
<section aria-labelledby="others" data-live="others">
<h2 id="others">Other open sessions</h2>
${
  others.length === 0
    ? markup`<p class="quiet">None.</p>`
    : markup`<ul class="sessions">${others.map((session) => sessionLine(session, now))}</ul>`
}
</section>
<form class="open" method="get" action="/open"><label for="open">Open a session by its id</label>
<input id="open" name="session" autocomplete="off" spellcheck="false" required maxlength="200"><button>Open</button></form>`;
}

/** Nobody should take the list for all that waits where it is not. */
function notShown({ entries, unread, more }: WaitingList): Content {
  const named = unread.slice(0, MOST_NAMED);
  const others = unread.length - named.length;
  return [
    more && markup`<p class="warning">More waits than can be shown: these are the oldest ${entries.length}.</p>`,
    named.length > 0 &&
      markup`<p class="warning">Something waits that cannot be read now, as where a worker is away, in ${named.map((id, index) => markup`${index > 0 && ', '}<a href="/sessions/${encodeURIComponent(id)}">${id}</a>`)}${others > 0 && ` and ${others} more sessions`}.</p>`,
  ];
}

/** What a kind of item asks of a person, in two words. */
export function kindInWords(kind: PendingItem['kind']): string {
  switch (kind) {
    case 'approval':
      return 'Approval';
    case 'unresolved':
      return 'Unclear outcome';
    case 'limit':
      return 'Limit reached';
    case 'paused':
      return 'Paused';
    case 'with_person':
      return 'Taken over';
  }
}

export function statusInWords(status: string): string {
  if (status === 'waiting_for_human') return 'waits for a person';
  return status === 'waiting_for_user' ? 'waits for its user' : inWords(status);
}

function count(shown: number, all: number): string {
  if (shown === all) return all === 1 ? '1 item' : `${all} items`;
  return `${shown} of ${all} items`;
}

function line({ sessionId, agent, user, item }: WaitingEntry, now: number): Markup {
  const roles = rolesAsked(item);
  const { until, approval, child } = item;
  const what = approval ? inWords(approval.tool) : item.summary;
  const missing = approval && approval.terms.approvals > 1;
  return markup`<li><a class="entry" href="/sessions/${encodeURIComponent(sessionId)}#item-${encodeURIComponent(item.id)}">
<span class="badge ${item.kind}">${kindInWords(item.kind)}</span>
<span class="what">${what.slice(0, 160)}${approval?.terms.amount && markup` <span class="amount">${amountInWords(approval.terms.amount)}</span>`}</span>
${approval && markup`<span class="summary">${item.summary.slice(0, 240)}</span>`}
<span class="facts">${agent}${child !== undefined && markup` (${child})`}${user !== undefined && markup` · for ${user}`} · since ${moment(item.since, now)}${until !== undefined && markup` · <strong>deadline ${moment(until, now)}</strong>`}${roles.length > 0 && markup` · for ${roles.join(' or ')}`}${missing && markup` · ${approval.approvedBy.length} of ${approval.terms.approvals} approvals`}</span>
</a></li>`;
}

export function amountInWords({ value, unit }: { readonly value: number; readonly unit?: string }): string {
  return unit === undefined ? String(value) : `${value} ${unit}`;
}

function sessionLine({ sessionId, agent, user, status, startedAt }: SessionLine, now: number): Markup {
  return markup`<li><a href="/sessions/${encodeURIComponent(sessionId)}">${sessionId}</a> <span class="quiet">${agent}${user !== undefined && markup` · for ${user}`} · ${statusInWords(status)} · started ${moment(startedAt, now)}</span></li>`;
}

function filterForm(all: readonly WaitingEntry[], { role, agent }: WaitingFilter): Markup {
  const roles = distinct([...all.flatMap(({ item }) => rolesAsked(item)), role]);
  const agents = distinct([...all.map((entry) => entry.agent), agent]);
  if (roles.length === 0 && agents.length < 2 && agent === undefined) return markup``;
  return markup`<form class="filter" method="get" action="/" data-live="filter">
${roles.length > 0 && select('role', 'For the role', 'anybody', roles, role)}
${(agents.length > 1 || agent !== undefined) && select('agent', 'Agent', 'all', agents, agent)}
<button>Filter</button></form>`;
}

function select(
  name: string,
  label: string,
  none: string,
  options: readonly string[],
  chosen: string | undefined,
): Markup {
  return markup`<label>${label} <select name="${name}"><option value="">${none}</option>${options.map((each) => markup`<option value="${each}"${each === chosen && markup` selected`}>${each}</option>`)}</select></label>`;
}

function distinct(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== undefined))].sort();
}
