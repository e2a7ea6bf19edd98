/** `holdfast tail`: a session as it goes: what is said, each call, what waits for people, until it ends or Ctrl-C. */
import pc from 'picocolors';
import {
  DeadlineExceeded,
  NoWorker,
  ServerUnavailable,
  type ConversationItem,
  type PendingItem,
  type Session,
  type SessionEnd,
  type SessionStatus,
  type StepRecord,
} from '../client';
import { wholeItems } from './approval-lines';
import { wantsJson, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import { pendingLines } from './pending';
import { UsageError } from './report-error';
import { readStanding } from './status';
import { stepLine } from './step-line';
import { safeLine } from './terminal-text';
import { saidLines } from './transcript';

export interface TailFlags extends ConnectionFlags, OutputFlags {
  /** Items of the conversation so far that are shown first. */
  readonly last?: string;
}

/** Between two looks, ms: seen as live, and few queries. */
const LOOK_EVERY_MS = 400;
const LOOK_TIMEOUT_MS = 10_000;
const DEFAULT_LAST = 10;

/** One line of `-o json`. */
export type TailLine =
  | { readonly kind: 'item'; readonly index: number; readonly item: ConversationItem }
  /** Written when it begins and again when it has ended. */
  | { readonly kind: 'step'; readonly step: StepRecord }
  /** All that waits, whenever that changes. */
  | { readonly kind: 'pending'; readonly pending: readonly PendingItem[] }
  | { readonly kind: 'status'; readonly status: SessionStatus['status']; readonly reason?: string }
  /** Who has the session, whenever that changes. `child`: absent where it is the session's own agent. */
  | { readonly kind: 'active'; readonly agent: string; readonly child?: string }
  | { readonly kind: 'end'; readonly status: string; readonly reason: string };

export async function tailSession(sessionText: string, flags: TailFlags, io: Io): Promise<number> {
  const last = Number(flags.last ?? DEFAULT_LAST);
  if (!Number.isInteger(last) || last < 0) throw new UsageError('--last takes a whole number from 0');
  return withSession(sessionText, flags, io, async (session) => {
    let tellStopped: () => void = () => undefined;
    const stopped = new Promise<'stopped'>((resolve) => (tellStopped = () => resolve('stopped')));
    const stopListening = io.onInterrupt(tellStopped);
    try {
      const tail = new Tail(session, last, writerOf(session, flags, io));
      for (;;) {
        const found = await Promise.race([look(tail, io), stopped]);
        if (found !== 'on') return 0;
        let timer: NodeJS.Timeout | undefined;
        const wait = new Promise<'on'>((resolve) => (timer = setTimeout(() => resolve('on'), LOOK_EVERY_MS)));
        const next = await Promise.race([wait, stopped]);
        clearTimeout(timer);
        if (next === 'stopped') return 0;
      }
    } finally {
      stopListening();
    }
  });
}

/** A server or worker that is away comes back: that is said once, and waited for. */
async function look(tail: Tail, io: Io): Promise<'on' | 'ended'> {
  try {
    const found = await tail.look();
    tail.away = false;
    return found;
  } catch (error) {
    const comesBack =
      error instanceof ServerUnavailable || error instanceof NoWorker || error instanceof DeadlineExceeded;
    if (!comesBack) throw error;
    if (!tail.away) writeLine(io.stderr, `trying again: ${safeLine(error.message, 500)}`);
    tail.away = true;
    return 'on';
  }
}

class Tail {
  away = false;
  /** Index of the next item. */
  private at: number | undefined;
  private readonly begun = new Set<string>();
  private readonly ended = new Set<string>();
  private waits = '';
  private status = '';
  /** Of the child that has the session; empty: its own agent has it. */
  private active = '';

  constructor(
    private readonly session: Session,
    private readonly last: number,
    private readonly write: (line: TailLine) => void,
  ) {}

  /** Writes what is new. */
  async look(): Promise<'on' | 'ended'> {
    const { session, write } = this;
    // Asked first: what came before the end is then all there when it is read.
    const end = await session.ended({ timeoutMs: LOOK_TIMEOUT_MS });
    const options = { timeoutMs: LOOK_TIMEOUT_MS };
    const standing = await readStanding(session, end, LOOK_TIMEOUT_MS);
    if (standing.kind === 'end') return this.over(standing.end);
    const { status } = standing;
    await this.items(status);
    this.whoHasIt(status);
    for (const step of status.recent) this.step(step);
    const pending = end ? [] : await session.pending(options);
    const waits = JSON.stringify(pending);
    if (waits !== this.waits && (pending.length > 0 || this.waits !== '')) {
      write({ kind: 'pending', pending: await wholeItems(session, pending) });
    }
    this.waits = waits;
    if (status.status !== this.status) {
      const { reason } = status;
      write({ kind: 'status', status: status.status, ...(reason === undefined ? {} : { reason }) });
    }
    this.status = status.status;
    return end ? this.over(end) : 'on';
  }

  private whoHasIt({ agent, active }: SessionStatus): void {
    const child = active?.child ?? '';
    if (child !== this.active) this.write({ kind: 'active', ...(active ?? { agent }) });
    this.active = child;
  }

  private over({ status, reason, message }: SessionEnd): 'ended' {
    this.write({ kind: 'end', status, reason: message ?? reason });
    return 'ended';
  }

  private async items({ conversationLength }: SessionStatus): Promise<void> {
    this.at ??= Math.max(0, conversationLength - this.last);
    if (conversationLength <= this.at) return;
    for await (const page of this.session.transcript({ from: this.at, timeoutMs: LOOK_TIMEOUT_MS })) {
      for (const item of page.items) this.write({ kind: 'item', index: this.at++, item });
    }
  }

  private step(step: StepRecord): void {
    const key = `${step.kind} ${step.id}`;
    const known = step.endedAt === undefined ? this.begun : this.ended;
    if (known.has(key) || this.ended.has(key)) return;
    known.add(key);
    this.write({ kind: 'step', step });
  }
}

function writerOf(session: Session, flags: TailFlags, io: Io): (line: TailLine) => void {
  if (wantsJson(flags)) return (line) => writeLine(io.stdout, JSON.stringify(line));
  const colours = pc.createColors(io.colour);
  const linesOf = (line: TailLine): readonly string[] => {
    switch (line.kind) {
      case 'item':
        // Calls and their outcomes come as steps.
        return line.item.kind === 'outcome' ? [] : saidLines(line.item, colours);
      case 'step':
        // A model call that has only just begun says nothing yet.
        return line.step.kind === 'model' && line.step.endedAt === undefined ? [] : [stepLine(line.step, colours)];
      case 'pending':
        return pendingLines(line.pending, session.id, flags, colours, io.env);
      case 'status':
        return line.status === 'running'
          ? []
          : [colours.dim(`${line.status}${line.reason === undefined ? '' : ` (${safeLine(line.reason)})`}`)];
      case 'active':
        return [colours.dim(`now with ${safeLine(line.agent)}${line.child === undefined ? '' : ` (${line.child})`}`)];
      case 'end':
        return [colours.dim(`session ${session.id} ended: ${line.status} (${safeLine(line.reason, 500)})`)];
    }
  };
  return (line) => {
    for (const text of linesOf(line)) writeLine(io.stdout, text);
  };
}
