/** The family on the page of current details: who has the user, which agents are at work, and what waits in them with the words that decide. Plain code. */
import { inertMarkdown } from '../contracts/display';
import type { PendingItem } from '../contracts/messages';
import { DECIDE_UPDATE, INTERVENE_UPDATE, RESOLVE_UPDATE } from '../contracts/names';
import { activeRecord, openRecords, type ChildRecord } from './children';
import { familyPending } from './family-pending';
import { shownArguments } from './page-arguments';
import { literal, pasted } from './page-words';
import type { SessionState } from './session-state';

/** Shown in full; of more only the number is. */
const SHOWN_WAITING = 4;
const SHOWN_CHILDREN = 8;
const SHOWN_ARGS_CHARS = 1_200;

/** What waits in children: first what would run, then the words that decide on it. */
export function familyWaitingBlocks(state: SessionState): readonly string[] {
  const items = familyPending(state);
  const more = items.length - SHOWN_WAITING;
  return [
    ...items.slice(0, SHOWN_WAITING).map((item) => itemBlock(state, item)),
    ...(more > 0 ? [`And ${more} more in children: see the query \`pending\`.`] : []),
  ];
}

function itemBlock(state: SessionState, item: PendingItem): string {
  const { approval, call, limit, child = '', summary } = item;
  const agent = inertMarkdown(state.family.records.get(child.split('/')[0] ?? '')?.agent ?? '', 64);
  const where = `the agent ${agent} (child ${literal(child, child)})`;
  if (approval) {
    const { tool, callId, args, argsHash } = approval;
    const shown = shownArguments(args, SHOWN_ARGS_CHARS);
    const act = (decision: string, more = {}) =>
      pasted({ actId: 'new-id', callId, decision, argsHash, by: 'who', ...more });
    return [
      `**May this run?** ${inertMarkdown(tool)} of ${where}, call ${literal(callId, callId)}, with these arguments:`,
      shown.block,
      [
        ...(shown.cut ? [`- **The arguments are cut here**: the child has them whole`] : []),
        `- Why a person is asked: ${inertMarkdown(approval.terms.reason, 300)}`,
        `- It may: the update \`${DECIDE_UPDATE}\` with ${act('approve')}`,
        `- It may not: ${act('reject', { reason: 'why, for the model' })}`,
      ].join('\n'),
    ].join('\n\n');
  }
  if (call) {
    const { tool, callId, args, message } = call;
    const act = (as: string, more = {}) => pasted({ actId: 'new-id', callId, as, by: 'who', ...more });
    return [
      `**Did this happen?** ${inertMarkdown(tool)} of ${where}, call ${literal(callId, callId)}, with these arguments:`,
      shownArguments(args, SHOWN_ARGS_CHARS).block,
      inertMarkdown(message, 300),
      [
        `- It did: the update \`${RESOLVE_UPDATE}\` with ${act('applied', { result: {} })} and in \`result\` what the tool would have returned`,
        `- It did not, and is to be done now: ${act('absent')}`,
        `- Nobody will find out: ${act('give_up')}`,
      ].join('\n'),
    ].join('\n\n');
  }
  const bound = limit?.bound ?? '';
  const act = pasted({ actId: 'new-id', act: 'extend', bound, amount: limit?.limit ?? 1, child, by: 'who' });
  return `**May it go on?** ${where}: ${inertMarkdown(summary, 300)}. It may: the update \`${INTERVENE_UPDATE}\` with ${act}.`;
}

/** First words of the page where something in a child waits: the names of agents, and no words of a model. */
export function familyReason({ family, active }: SessionState): string | undefined {
  const agents = active ? openRecords(family).flatMap(({ agent, waits }) => (waits ? [agent] : [])) : [];
  if (agents.length === 0) return undefined;
  const names = [...new Set(agents)].map((agent) => inertMarkdown(agent, 64)).join(', ');
  return `people decide for the ${agents.length === 1 ? 'agent' : 'agents'} ${names}`;
}

/** Who has the user, whose child this is, and who is at work for it. */
export function familyBlock(state: SessionState): string {
  const { family, input, sessionId } = state;
  const active = activeRecord(family);
  const { child } = input;
  return [
    ...(child
      ? [
          `Child ${literal(child.path, child.path)} of the session ${literal(child.root, child.root)}, begun by ${inertMarkdown(child.from, 64)}. People act on that session: it shows what waits here.`,
        ]
      : []),
    ...(active
      ? [
          `**The user is with ${inertMarkdown(active.agent, 64)}** (child ${literal(active.child, active.child)}, workflow ${inertMarkdown(`${sessionId}/${active.child}`, 300)}), ${wordsFor(active)}.`,
        ]
      : []),
    table(openRecords(family).filter((record) => record !== active)),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

function wordsFor({ phase, status, contract }: ChildRecord): string {
  const stands = phase === 'open' ? (status ?? 'open') : phase;
  return `handed over by ${inertMarkdown(contract.from, 64)}; ${stands}`;
}

function table(records: readonly ChildRecord[]): string {
  if (records.length === 0) return '';
  const shown = records.slice(0, SHOWN_CHILDREN);
  const more = records.length - shown.length;
  return [
    '| child | agent | for the call | stands |',
    '|---|---|---|---|',
    ...shown.map(
      ({ child, agent, callId, phase, status }) =>
        `| ${child} | ${inertMarkdown(agent, 64)} | ${inertMarkdown(callId, 60)} | ${phase === 'open' ? (status ?? 'open') : phase} |`,
    ),
    ...(more > 0 ? [`\nAnd ${more} more: see the query \`status\`.`] : []),
  ].join('\n');
}
