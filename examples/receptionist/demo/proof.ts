/** What must hold after the demo, each with the evidence it was read from. */
import type { ConversationItem } from '../../../client';
import { applied, type JournalRow } from '../services/journal';
import { money } from '../words';
import { appointmentsUnder, bookedIn, doubleBookedSlots, ledgerStates, type CrashScene } from './crash-scene';

export interface Check {
  readonly ok: boolean;
  readonly claim: string;
  readonly evidence: string;
}

export interface ProofInput {
  readonly calendarFile: string;
  /** What arrived at the payment service and at the text gateway. */
  readonly services: readonly JournalRow[];
  readonly scene: CrashScene;
  readonly transcript: readonly ConversationItem[];
  /** What the caller was told, by turn, from 1. */
  readonly replies: ReadonlyMap<number, string>;
  /** True for the scripted conversation, whose end is known. */
  readonly scripted: boolean;
}

export function prove(input: ProofInput): readonly Check[] {
  const { scene, calendarFile } = input;
  const rows = appointmentsUnder(calendarFile, scene.key);
  const requested = rows[0]?.times_requested ?? 0;
  const states = ledgerStates(calendarFile, scene.key);
  const doubles = doubleBookedSlots(calendarFile);
  return [
    {
      ok: rows.length === 1,
      claim: 'rows in the calendar for the booking that was cut off: 1',
      evidence: `${rows.length}: appointment ${rows.map((row) => row.appointment_id).join(', ')}`,
    },
    {
      ok: requested >= 2,
      claim: 'the calendar was asked again, and recognised the key',
      evidence: `asked ${requested} times`,
    },
    {
      ok: states.length === 1 && states[0] === 'succeeded',
      claim: 'rows in the ledger for the call: 1, succeeded',
      evidence: `${states.length}: ${states.join(', ') || 'none'}`,
    },
    oneOutcome(input),
    toldToTheCaller(input),
    everyCallAnswered(input.transcript),
    { ok: doubles.length === 0, claim: 'slots booked twice: 0', evidence: doubles.join(', ') || 'none' },
    ...(input.scripted ? [bookedAgain(input), chargedOnce(input), textedOnce(input)] : []),
  ];
}

/** The session holds one outcome of the call, and it is the row's. */
function oneOutcome({ transcript, scene }: ProofInput): Check {
  const outcomes = transcript.flatMap((item) =>
    item.kind === 'outcome' && item.callId === scene.callId ? [item.outcome] : [],
  );
  const [outcome] = outcomes;
  const result = outcome?.kind === 'succeeded' ? (outcome.result as { appointment_id?: number }) : undefined;
  return {
    ok: outcomes.length === 1 && result?.appointment_id === scene.appointment.appointment_id,
    claim: 'outcomes in the session for the call: 1, that appointment',
    evidence: `${outcomes.length}: ${outcome?.kind ?? 'none'}, appointment ${result?.appointment_id ?? 'none'}`,
  };
}

function toldToTheCaller({ transcript, scene, replies, scripted }: ProofInput): Check {
  const turn = transcript.find((item) => item.kind === 'outcome' && item.callId === scene.callId)?.turn ?? 0;
  const reply = replies.get(turn) ?? '';
  const number = String(scene.appointment.appointment_id);
  // A real model may word it as it likes; that it answered is all that can be asked of it.
  return {
    ok: scripted ? reply.includes(number) : reply !== '',
    claim: scripted ? `the caller was told appointment number ${number}` : 'the caller was answered',
    evidence: reply.split('\n', 1)[0] ?? '',
  };
}

function everyCallAnswered(transcript: readonly ConversationItem[]): Check {
  const asked = transcript
    .flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []) : []))
    .map((call) => call.id);
  const answered = transcript.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
  const wrong = asked.filter((id) => answered.filter((other) => other === id).length !== 1);
  return {
    ok: asked.length > 0 && wrong.length === 0 && answered.length === asked.length,
    claim: 'every tool call of the session has exactly one outcome',
    evidence: `${asked.length} calls, ${answered.length} outcomes${wrong.length > 0 ? `, not for ${wrong.join(', ')}` : ''}`,
  };
}

/** Cancelled and booked again: the same slot, a new appointment, one that counts. */
function bookedAgain({ calendarFile, scene }: ProofInput): Check {
  const { patient_id, slot_id, appointment_id } = scene.appointment;
  const live = bookedIn(calendarFile, patient_id, slot_id);
  return {
    ok: live.length === 1 && live[0]?.appointment_id !== appointment_id,
    claim: 'cancelled and booked again: 1 live booking, a new one',
    evidence: `${live.length}: appointment ${live.map((row) => row.appointment_id).join(', ')} at ${slot_id}`,
  };
}

/** The model asked for the deposit twice, and the service charges as often as it is asked. */
function chargedOnce({ services, transcript }: ProofInput): Check {
  const asked = succeededCalls(transcript, 'take_deposit');
  const charges = applied(services, 'charge');
  return {
    ok: charges.length === 1 && asked >= 2,
    claim: 'charges for the deposit, which the model asked for twice: 1',
    evidence: `${charges.length}: ${charges.map((one) => `${one.id}, ${money(one.amount, one.currency)}`).join('; ')}; ${asked} calls answered with it`,
  };
}

function textedOnce({ services, transcript }: ProofInput): Check {
  const messages = applied(services, 'message');
  return {
    ok: messages.length === 1 && succeededCalls(transcript, 'send_text_message') === 1,
    claim: 'text messages that went out: 1',
    evidence: `${messages.length}: ${messages.map((one) => one.id).join(', ')}`,
  };
}

function succeededCalls(transcript: readonly ConversationItem[], tool: string): number {
  return transcript.filter((item) => item.kind === 'outcome' && item.tool === tool && item.outcome.kind === 'succeeded')
    .length;
}
