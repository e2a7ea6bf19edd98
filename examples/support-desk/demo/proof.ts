/** What must hold after the demo, each with the evidence it was read from. */
import type { ChildStatus, ConversationItem, Session, SessionStatus, StateDoc } from '../../../client';
import { applied } from '../../shared/services/journal';
import type { JournalRow } from '../payments/journal';
import { shopIn } from '../sweep';
import { money } from '../words';
import { ledgerStates, type CrashScene } from './crash-scene';

export interface Check {
  readonly ok: boolean;
  readonly claim: string;
  readonly evidence: string;
}

export interface ProofInput {
  readonly shopFile: string;
  /** What arrived at the payment service. */
  readonly payments: readonly JournalRow[];
  readonly scene: CrashScene;
  readonly status: SessionStatus;
  readonly state: StateDoc;
  /** The conversations of the family, by path; the first session's under ''. */
  readonly transcripts: ReadonlyMap<string, readonly ConversationItem[]>;
  /** True for the scripted conversation, whose end is known. */
  readonly scripted: boolean;
}

/** Reads all that is needed from the session and its children. */
export async function readFamily(session: Session): Promise<Pick<ProofInput, 'status' | 'state' | 'transcripts'>> {
  const status = await session.status();
  const { state } = await session.state();
  const paths = (status.children ?? []).map(({ child }) => child);
  const transcripts = new Map([['', await session.wholeTranscript()]]);
  for (const path of paths) transcripts.set(path, await session.child(path).wholeTranscript());
  return { status, state, transcripts };
}

export function prove(input: ProofInput): readonly Check[] {
  return [
    paidOnce(input),
    askedAbout(input),
    oneRow(input),
    oneOutcome(input),
    everyCallAnswered(input),
    bill(input.status),
    ...(input.scripted
      ? [twoDesksOneRefund(input), oneAddress(input), factsKept(input), nothingOwed(input), allClosed(input.status)]
      : []),
  ];
}

function paidOnce({ payments, scene }: ProofInput): Check {
  const { order, item, amount } = scene.refund;
  const refunds = applied(payments, 'refund').filter((one) => one.order === order && one.item === item);
  return {
    ok: refunds.length === 1,
    claim: 'refunds for the call that was cut off: 1',
    evidence: `${refunds.length}: ${refunds.map(({ id }) => id).join(', ')}, ${money(amount)} for ${item}`,
  };
}

/** It was looked for, and found: nothing was tried again. */
function askedAbout({ payments, scene }: ProofInput): Check {
  const questions = payments.filter(({ at, decision }) => decision === 'answered' && at > scene.refund.at);
  const requests = payments.filter(
    ({ request }) => (request.body as { reference?: unknown } | undefined)?.reference === scene.key,
  );
  return {
    ok: questions.length > 0 && requests.length === 1,
    claim: 'the service was asked what it had done, not to pay again',
    evidence: `${questions.length} questions, ${requests.length} request to pay`,
  };
}

function oneRow({ shopFile, scene }: ProofInput): Check {
  const states = ledgerStates(shopFile, scene.key);
  return {
    ok: states.length === 1 && states[0] === 'succeeded',
    claim: 'rows in the ledger for the call: 1, succeeded',
    evidence: `${states.length}: ${states.join(', ') || 'none'}`,
  };
}

function oneOutcome({ transcripts, scene }: ProofInput): Check {
  const items = transcripts.get(scene.child) ?? [];
  const outcomes = items.flatMap((item) =>
    item.kind === 'outcome' && item.callId === scene.callId ? [item.outcome] : [],
  );
  const [outcome] = outcomes;
  const result = outcome?.kind === 'succeeded' ? (outcome.result as { refund_id?: string }) : undefined;
  return {
    ok: outcomes.length === 1 && result?.refund_id === scene.refund.id,
    claim: `outcomes in the child ${scene.child} for the call: 1, that refund`,
    evidence: `${outcomes.length}: ${outcome?.kind ?? 'none'}, ${result?.refund_id ?? 'no refund'}`,
  };
}

function everyCallAnswered({ transcripts }: ProofInput): Check {
  const all = [...transcripts].flatMap(([path, items]) => items.map((item) => ({ path, item })));
  const asked = all.flatMap(({ path, item }) =>
    item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => `${path}:${id}`) : [],
  );
  const answered = all.flatMap(({ path, item }) => (item.kind === 'outcome' ? [`${path}:${item.callId}`] : []));
  const wrong = asked.filter((id) => answered.filter((other) => other === id).length !== 1);
  return {
    ok: asked.length > 0 && wrong.length === 0 && answered.length === asked.length,
    claim: 'every tool call of the family has exactly one outcome',
    evidence: `${asked.length} calls in ${transcripts.size} sessions, ${answered.length} outcomes${wrong.length > 0 ? `, not for ${wrong.join(', ')}` : ''}`,
  };
}

/** Its own calls and its children's make the first session's bill, token by token. */
function bill({ usage, children = [], recent }: SessionStatus): Check {
  const own = recent.map(({ tokens }) => /^(\d+)→(\d+)$/.exec(tokens ?? '')).filter((match) => match !== null);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  const input = sum([...own.map(([, tokens]) => Number(tokens)), ...children.map((one) => one.usage.inputTokens)]);
  const output = sum([...own.map(([, , tokens]) => Number(tokens)), ...children.map((one) => one.usage.outputTokens)]);
  return {
    ok: input === usage.inputTokens && output === usage.outputTokens,
    claim: 'the bill of the family is the sum of its sessions',
    evidence: `${input} tokens in and ${output} out, of ${usage.inputTokens} and ${usage.outputTokens}`,
  };
}

/** The mugs: the orders desk paid them back, and the refunds desk was asked to pay them again. */
function twoDesksOneRefund({ payments, transcripts }: ProofInput): Check {
  const refunds = applied(payments, 'refund').filter(({ item }) => item === 'MUGS-4');
  const answered = [...transcripts].filter(([, items]) => items.some((item) => isRefundOf(item, refunds[0]?.id)));
  return {
    ok: refunds.length === 1 && answered.length === 2,
    claim: 'the refund that two desks were asked for: paid once',
    evidence: `${refunds.length}: ${refunds.map(({ id }) => id).join(', ')}, told in ${answered.map(([path]) => path).join(' and ')}`,
  };
}

function isRefundOf(item: ConversationItem, id: string | undefined): boolean {
  if (item.kind !== 'outcome' || item.tool !== 'refund_payment' || item.outcome.kind !== 'succeeded') return false;
  return (item.outcome.result as { refund_id?: string }).refund_id === id;
}

function oneAddress({ shopFile }: ProofInput): Check {
  const { orders, events } = shopIn(shopFile);
  const changes = events.filter(({ text }) => text === 'address changed');
  const address = orders.find(({ order_number }) => order_number === 70001)?.address ?? 'no such order';
  return {
    ok: changes.length === 1 && address.includes('Canal Street'),
    claim: 'the address was changed once',
    evidence: `${changes.length}: ${address}`,
  };
}

const FACTS = [
  /^The user is Nadia Berger/,
  /^Whatever arrives broken/,
  /goes to 7 Canal Street/,
  /^£24\.00/,
  /^£149\.00/,
];

/** What was established at four desks is known at the first. */
function factsKept({ state }: ProofInput): Check {
  const kept = FACTS.filter((fact) => state.established.some(({ text }) => fact.test(text)));
  return {
    ok: kept.length === FACTS.length,
    claim: 'what every desk established is known at the front desk',
    evidence: `${kept.length} of ${FACTS.length}, of ${state.established.length} facts`,
  };
}

function nothingOwed({ state, shopFile }: ProofInput): Check {
  const letters = shopIn(shopFile).letters.length;
  return {
    ok: state.owed.length === 0 && letters === 1,
    claim: 'nothing is owed any more, and one letter was sent',
    evidence: `${state.owed.length} owed${state.owed.map(({ text }) => `, ${text}`).join('')}; ${letters} letters`,
  };
}

function allClosed({ children = [] }: SessionStatus): Check {
  const open = children.filter(({ phase }) => phase !== 'closed');
  return {
    ok: children.length === 5 && open.length === 0,
    claim: 'children: 5, all closed',
    evidence: children.map(shown).join(', '),
  };
}

const shown = ({ child, agent, reason, phase }: ChildStatus): string => `${child} ${agent} ${reason ?? phase}`;
