/** The words people see in the Temporal Web UI: summary lines and the page of current details. */
import { dollars, inertMarkdown } from '../contracts/display';
import { limitLine } from '../contracts/limit-words';
import type { StepRecord } from '../contracts/session';
import { approvalReason } from './approval-page';
import { familyBlock, familyReason } from './family-page';
import { familyWaits } from './family-pending';
import { askingOf } from './held-up';
import { limitStates } from './limits';
import { count, utc } from './page-words';
import { holdReason, refusalsBlock, standingBlock } from './people-page';
import type { SessionState } from './session-state';
import { waitingBlocks } from './waiting-page';

/** Calls shown on the page of current details. */
const SHOWN_CALLS = 8;

/** `812→64 tok $0.0012`, `+unpriced` where some calls have no known price. */
export function spentSoFar(state: SessionState): string {
  const { inputTokens, outputTokens, microUsd, unpricedCalls, modelCalls } = state.usage;
  const cost =
    unpricedCalls > 0
      ? unpricedCalls === modelCalls
        ? 'unpriced'
        : `${dollars(microUsd)}+unpriced`
      : dollars(microUsd);
  return `${inputTokens}→${outputTokens} tok ${cost}`;
}

/** `step 2.3 · receptionist · so far 812→64 tok $0.0012`: turn and step, then what the session had spent before this call. */
export function modelSummary(state: SessionState): string {
  return `step ${state.turn}.${state.step} · ${state.input.agent} · so far ${spentSoFar(state)}`;
}

/** The markdown page of current details: where the session stands, what it waits for, what was said last and which calls were made. */
export function currentDetails(state: SessionState): string {
  const { modelCalls, toolCalls } = state.usage;
  const blocks = [
    `**${state.status}**${reasonWords(state)} (since ${utc(state.since)})`,
    // What waits comes first, so that no other words to be copied are met before those that decide on it.
    ...(state.status === 'waiting_for_human'
      ? [...waitingBlocks(state), nextAct(state)]
      : [nextAct(state), ...waitingBlocks(state)]),
    identity(state),
    familyBlock(state),
    `Agent \`${state.input.agent}\`, turn ${state.turn}, step ${state.step}. Spent ${inertMarkdown(spentSoFar(state))} in ` +
      `${count(modelCalls, 'model call')} and ${count(toolCalls, 'tool call')}.` +
      (state.queue.length > 0 ? ` ${count(state.queue.length, 'message')} queued.` : ''),
    limitsLine(state),
    standingBlock(state),
    refusalsBlock(state),
    ...lastExchange(state),
    callTable(state.recent.slice(-SHOWN_CALLS)),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** Where it waits for people, what they wait for is below with the call first; the summary of a call has words of a model's in it. */
function reasonWords(state: SessionState): string {
  const forPeople = [approvalReason(state), familyReason(state), holdReason(state)].filter(
    (words) => words !== undefined,
  );
  if (forPeople.length > 0) return `: ${forPeople.join('; ')}`;
  return state.reason ? `: ${inertMarkdown(state.reason, 300)}` : '';
}

/** The server shows what the session was started with in its first run alone: continue-as-new cannot hand it on. */
function identity({ run, input }: SessionState): string {
  if (run === 1) return '';
  const { mode = 'conversation', tenant, user } = input;
  const said = [
    ['Mode', mode],
    ['Tenant', tenant],
    ['User', user],
  ] as const;
  const words = said.flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}: ${inertMarkdown(value, 100)}.`],
  );
  return `Run ${run} of this session.${words.join('')}`;
}

const STOP = '`{"actId": "new-id", "act": "stop"}` stops the turn';
const END = '`intervene` with `{"actId": "new-id", "act": "end", "by": "who", "reason": "why"}` ends it';

function nextAct(state: SessionState): string {
  switch (state.status) {
    case 'waiting_for_user':
      return `Next: the update \`send\` with \`{"messageId": "new-id", "text": "…"}\` goes on; ${END}.`;
    case 'running':
      return `Next: it goes on by itself. The update ${END}, and with ${STOP}.`;
    case 'waiting_for_human':
      return `Next: ${personWords(state)}. The update ${END}${state.active ? `, and with ${STOP}` : ''}.`;
    default:
      return '';
  }
}

function personWords(state: SessionState): string {
  if (familyWaits(state)) return 'people decide on what is above';
  if (approvalReason(state)) return 'people decide on what is above';
  if (holdReason(state)) return 'whoever holds it lets it go on';
  return `a person ${askingOf(state) ? 'says whether it may go on' : 'says what became of what is above'}`;
}

/** Where the declared bounds stand. */
function limitsLine(state: SessionState): string {
  const limits = limitStates(state);
  if (limits.length === 0) return '';
  return `Limits: ${limits.map((limit) => inertMarkdown(limitLine(limit))).join(' · ')}.`;
}

/** The last message and its answer, where it has one. */
function lastExchange(state: SessionState): readonly string[] {
  // That of a long turn may be stored by now.
  const asked = state.active ?? state.items.findLast((item) => item.kind === 'user');
  if (!asked) return [];
  const answer = state.messages.get(asked.messageId)?.answer;
  const lines = [`User: ${inertMarkdown(asked.text, 300)}`];
  if (answer?.kind === 'reply') {
    lines.push(`Answer${answer.partial === undefined ? '' : ' (partial)'}: ${inertMarkdown(answer.text, 300)}`);
  }
  return lines;
}

function callTable(records: readonly StepRecord[]): string {
  if (records.length === 0) return '';
  return ['| step | call | outcome |', '|---|---|---|', ...records.map(callRow)].join('\n');
}

/** Records are never changed but replaced, and the page is made several times a step: most of its rows are as they were. */
const rows = new WeakMap<StepRecord, string>();

function callRow(record: StepRecord): string {
  let row = rows.get(record);
  if (row === undefined) {
    row = `| ${record.turn}.${record.step} | ${callCell(record)} | ${outcomeCell(record)} |`;
    rows.set(record, row);
  }
  return row;
}

/** Model, tokens and cost of a model call; tool and arguments of a tool call. */
function callCell(record: StepRecord): string {
  if (record.kind === 'tool') return inertMarkdown(record.summary, 120);
  if (record.model === undefined) return 'model';
  return `${inertMarkdown(record.model, 60)} · ${inertMarkdown(`${record.tokens ?? '?'} tok · ${record.cost ?? 'unpriced'}`)}`;
}

const MODEL_OUTCOMES: Readonly<Record<string, string>> = {
  answer: 'answered',
  calls: 'called tools',
  repair: 'could not be used, sent back',
  limit: 'a limit is in the way',
  refuse: 'did not take over',
};

function outcomeCell(record: StepRecord): string {
  if (record.outcome === undefined) return '…';
  const outcome = inertMarkdown((record.kind === 'model' && MODEL_OUTCOMES[record.outcome]) || record.outcome, 60);
  const attempt = record.attempt !== undefined && record.attempt > 1 ? `, attempt ${record.attempt}` : '';
  return `${outcome}${attempt}${record.message === undefined ? '' : `: ${inertMarkdown(record.message, 120)}`}`;
}
