/** A call that waits for approval. What would run comes first, right under the tool's name: nothing that somebody wrote can push it out of sight. */
import type { EffectClass, PendingApproval, PendingItem } from '../../../workflows/contracts';
import { inertJson } from '../../../workflows/contracts';
import { samePerson } from '../../../workflows/contracts/same-person';
import { editFields, fieldName, type EditField } from '../edit-fields';
import type { Person } from '../source';
import { actForm, textArea, typedIn, type FormFrame } from './form';
import { hidden } from './layout';
import { markup, verbatim, type Content, type Markup } from './markup';
import { moment } from './times';
import { amountInWords } from './waiting';
import { argumentList, foldedText, inWords } from './values';

export interface ApprovalFrame extends FormFrame {
  readonly person: Person;
  /** The desk holds this person's key. */
  readonly signs: boolean;
  /** The session's user. */
  readonly user?: string;
  readonly now: number;
}

type Waiting = PendingItem & { readonly approval: PendingApproval };

/** @param said what the model wrote with the call. */
export function approvalCard(frame: ApprovalFrame, item: Waiting, said: string | undefined): Markup {
  const { approval } = item;
  const { terms } = approval;
  const cut = isCut(approval);
  return markup`
<h2>${inWords(approval.tool)}${terms.amount && markup` <span class="amount">${amountInWords(terms.amount)}</span>`}</h2>
<h3 class="label">What would run</h3>
${cut ? markup`<p class="warning">Only the beginning of the arguments can be shown, so nobody can decide here. Reload the page.</p>${foldedText(inertJson(approval.args))}` : argumentList(approval.args)}
${approval.editedBy !== undefined && markup`<p class="note">Changed by ${approval.editedBy}, in place of the agent's.</p>`}
<p class="effect">${effectInWords(approval.effect)}${undoInWords(approval)}</p>
<dl class="facts">
<div><dt>Why a person is asked</dt><dd>${foldedText(terms.reason)}</dd></div>
${said !== undefined && said !== '' && markup`<div><dt>What the agent said with it</dt><dd class="said">${foldedText(said)}</dd></div>`}
<div><dt>Who may decide</dt><dd>${whoMayDecide(approval)}</dd></div>
${approval.approvedBy.length > 0 && markup`<div><dt>Approved so far</dt><dd>${approval.approvedBy.map(({ by, at, verified }, index) => markup`${index > 0 && ', '}${by}${verified && ' (signed)'} ${moment(at, frame.now)}`)}</dd></div>`}
<div><dt>Waits since</dt><dd>${moment(item.since, frame.now)}${item.until !== undefined && markup`; ${atDeadline(approval)} ${moment(item.until, frame.now)}`}</dd></div>
</dl>
${cut ? '' : decisions(frame, approval)}`;
}

export function effectInWords(effect: EffectClass): string {
  switch (effect) {
    case 'read':
      return 'Only looks something up; nothing is changed.';
    case 'idempotent':
    case 'transactional':
      return 'Changes something, exactly once.';
    case 'reconcilable':
      return 'Changes something outside, exactly once.';
    case 'at-most-once':
      return 'Does something outside, and never tries it twice.';
  }
}

function undoInWords({ effect, compensates }: PendingApproval): string {
  if (effect === 'read') return '';
  return compensates ? ' It can be undone afterwards.' : ' There is no way to undo it from here.';
}

export function isCut({ args }: PendingApproval): boolean {
  return '$cut' in args;
}

function whoMayDecide({ terms, stage }: PendingApproval): string {
  const roles = terms.stages[stage]?.roles ?? [];
  const who = roles.length > 0 ? roles.join(' or ') : "anybody but the session's user";
  const many = terms.approvals > 1 ? `; ${terms.approvals} different people must approve` : '';
  return `${who}${terms.signed ? ', with a signature' : ''}${many}`;
}

function atDeadline({ terms, stage }: PendingApproval): string {
  switch (terms.stages[stage]?.atDeadline) {
    case 'approve':
      return 'goes on by itself';
    case 'escalate':
      return 'others are asked';
    case 'reject':
    case undefined:
      return 'is rejected';
  }
}

function decisions(frame: ApprovalFrame, approval: PendingApproval): Content {
  const { person, user } = frame;
  const { callId, tool, terms, argsHash, approvedBy } = approval;
  if (terms.signed && !frame.signs)
    return markup`<p class="warning">This decision needs your signature, and this desk has no key of yours. Decide with the command line, or ask whoever runs the desk.</p>`;
  if (user !== undefined && samePerson(user, person.name))
    return markup`<p class="warning">You are the user of this session: somebody else has to decide.</p>`;
  const hash = hidden('hash', argsHash);
  const approved = approvedBy.some(({ by }) => samePerson(by, person.name));
  const rejected = typedIn(frame, 'reject', callId);
  return markup`<div class="decide">
${approved ? markup`<p class="note">You approved this. It waits for others.</p>` : approveForm(frame, approval, hash)}
${editForm(frame, approval, hash)}
<details class="more-acts"${rejected && markup` open`}><summary data-key="r">Reject…</summary>
${actForm(
  frame,
  'reject',
  callId,
  markup`${hash}<label>Why? The agent is told.${textArea(markup`name="reason" required rows="2" maxlength="2000"`, rejected?.get('reason') ?? '')}</label>
<button class="danger">Reject ${inWords(tool)}</button>`,
)}</details>
</div>`;
}

function approveForm(frame: ApprovalFrame, approval: PendingApproval, hash: Markup): Markup {
  const { callId } = approval;
  return actForm(
    frame,
    'approve',
    callId,
    markup`${hash}<button class="go" data-key="a">Approve</button>${standingSelect(approval)}`,
    'approve',
  );
}

/** For later calls too. */
function standingSelect({ tool, terms }: PendingApproval): Markup {
  const { amount } = terms;
  return markup`<label class="standing"><span>for</span> <select name="standing"><option value="">only this call</option>${
    amount &&
    markup`<option value="${String(amount.value)}">later calls of ${inWords(tool)} up to ${amountInWords(amount)} in this session, too</option>`
  }<option value="all">every later call of ${inWords(tool)} in this session, too</option></select></label>`;
}

function editForm(frame: ApprovalFrame, approval: PendingApproval, hash: Markup): Markup {
  const { callId, args, tool } = approval;
  const typed = typedIn(frame, 'edit', callId);
  const typedJson = typedIn(frame, 'edit-json', callId);
  const fields = editFields(args);
  const json = actForm(
    frame,
    'edit-json',
    callId,
    markup`${hash}<label>All arguments, as JSON${textArea(markup`name="args" rows="8" spellcheck="false" class="code" required`, typedJson?.get('args') ?? inertJson(args, 2))}</label>
<button>Approve ${inWords(tool)} with these arguments</button>`,
  );
  return markup`<details class="more-acts"${(typed ?? typedJson) && markup` open`}><summary data-key="e">Edit…</summary>
${fields && actForm(frame, 'edit', callId, markup`${hash}${fields.map((field) => editField(field, typed?.get(fieldName(field)) ?? field.text, callId))}<button>Approve ${inWords(tool)} with these arguments</button>`)}
${fields ? markup`<details class="more-acts"${typedJson && markup` open`}><summary>As JSON…</summary>${json}</details>` : json}
</details>`;
}

function editField(field: EditField, text: string, callId: string): Markup {
  const { key, kind } = field;
  const name = fieldName(field);
  const id = `${callId}-${name}`;
  const label = markup`<label for="${id}">${inWords(key)}${kind === 'json' && markup` <span class="quiet">(JSON)</span>`}</label>`;
  switch (kind) {
    case 'truth':
      return markup`${label}<select id="${id}" name="${name}">${['true', 'false'].map((each) => markup`<option${each === text && markup` selected`}>${each}</option>`)}</select>`;
    case 'number':
      return markup`${label}<input id="${id}" name="${name}" inputmode="decimal" autocomplete="off" required value="${verbatim(text)}">`;
    case 'text':
      return text.includes('\n') || text.length > 80
        ? markup`${label}${textArea(markup`id="${id}" name="${name}" rows="5"`, text)}`
        : markup`${label}<input id="${id}" name="${name}" autocomplete="off" value="${verbatim(text)}">`;
    case 'json':
      return markup`${label}${textArea(markup`id="${id}" name="${name}" rows="4" spellcheck="false" class="code" required`, text)}`;
  }
}
