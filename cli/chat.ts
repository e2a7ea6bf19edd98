/** `holdfast chat`: a conversation in the terminal. With a terminal it prompts and shows each step; without one it works line by line. */
import { randomUUID } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import {
  SessionClosed,
  type ConversationItem,
  type SendResult,
  type Session,
  type SessionClient,
  type SessionLimits,
  type StepRecord,
} from '../client';
import { AnswerError, answerLines } from './answer-lines';
import { wholeItems } from './approval-lines';
import { commandName } from './command-name';
import { connectionArguments, withClient, type ConnectionFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { readSessionLimits } from './limit-amount';
import { usageLine } from './money';
import { pendingLines } from './pending';
import { Progress } from './progress';
import { reportError, UsageError } from './report-error';
import { stepLine } from './step-line';
import { safeLine } from './terminal-text';
import { itemLines, saidLines } from './transcript';
import { whoSpoke } from './who-spoke';

/** Items read for the last exchange of a session that is come back to: a long turn's worth. */
const LAST_ITEMS = 60;
/** Between two looks for a person's answer, ms: people take their time. */
const PERSON_LOOK_EVERY_MS = 500;

export interface ChatFlags extends ConnectionFlags {
  readonly session?: string;
  readonly tenant?: string;
  readonly user?: string;
  /** Limits of a new session, `<bound>=<amount>` each. */
  readonly limit?: readonly string[];
  readonly onLimit?: string;
  /** Messages to send instead of those from the terminal. */
  readonly say?: readonly string[];
  /** Longest wait for one answer, seconds. */
  readonly timeout?: string;
  /** Show each call as it happens; absent: with a terminal only. */
  readonly progress?: boolean;
}

/** @returns the exit code: 1 where a message got no answer. */
export async function chat(agent: string, flags: ChatFlags, io: Io): Promise<number> {
  const timeoutMs = readTimeout(flags.timeout ?? '300');
  const limits = readSessionLimits(flags.limit, flags.onLimit);
  return withClient(flags, async (client) => {
    const sessionId = flags.session ?? `${agent}-${randomUUID().slice(0, 8)}`;
    const session = client.session(sessionId);
    const talk = new Chat(client, session, agent, flags, limits, timeoutMs, io);
    await client.requireWorker();
    await talk.open();
    return flags.say ? talk.say(flags.say) : talk.listen();
  });
}

class Chat {
  private readonly colours: Colors;
  private readonly progress: Progress;
  private readonly showsProgress: boolean;
  private exitCode = 0;
  /** The message before: its answer may be asked for again. */
  private last?: { readonly text: string; readonly messageId: string };
  /** The user is gone: what still comes is not shown to whoever has the terminal now. */
  private left = false;

  constructor(
    private readonly client: SessionClient,
    private readonly session: Session,
    private readonly agent: string,
    private readonly flags: ChatFlags,
    private readonly limits: SessionLimits | undefined,
    private readonly timeoutMs: number,
    private readonly io: Io,
  ) {
    this.colours = pc.createColors(io.colour);
    this.showsProgress = flags.progress ?? io.interactive;
    this.progress = new Progress(session, (record: StepRecord) => {
      if (!this.left) writeLine(io.stdout, stepLine(record, this.colours));
    });
  }

  /** Words at the start, and what an older session has behind it. */
  async open(): Promise<void> {
    if (this.flags.session !== undefined && this.showsProgress) await this.progress.skipPast();
    if (!this.io.interactive || this.flags.say) return;
    const { dim } = this.colours;
    writeLine(
      this.io.stdout,
      dim(`session ${this.session.id} with ${this.agent} · /end ends it, Ctrl-C leaves it open`),
    );
    if (this.flags.session !== undefined) await this.showLastExchange();
  }

  /** What was said last, for somebody who comes back. Courtesy: a session that cannot be read now may still be talked to. */
  private async showLastExchange(): Promise<void> {
    const { io, session, colours } = this;
    try {
      const { conversationLength, turn, status } = await session.status();
      const items: ConversationItem[] = [];
      for await (const page of session.transcript({ from: Math.max(0, conversationLength - LAST_ITEMS) })) {
        items.push(...page.items);
      }
      const asked = items.findLast((item) => item.kind === 'user');
      const answered = items.findLast((item) => item.kind === 'assistant' && item.turn === turn && item.text !== null);
      if (status === 'running') writeLine(io.stdout, colours.dim('the last message is still being answered'));
      for (const item of [asked, answered]) {
        if (item) for (const line of saidLines(item, colours)) writeLine(io.stdout, line);
      }
    } catch {
      // A new session under a chosen name, or one whose worker is away.
    }
  }

  /** Sends each text and stops at the first that gets no answer. */
  async say(texts: readonly string[]): Promise<number> {
    for (const text of texts) {
      if (this.io.interactive) writeLine(this.io.stdout, `${this.colours.bold('you>')} ${safeLine(text, 2_000)}`);
      if ((await this.exchange(text)) === 'over') break;
    }
    if (this.exitCode === 0) this.sayHowToComeBack();
    return this.exitCode;
  }

  /** Reads lines until the input ends, the session ends or the user leaves. */
  async listen(): Promise<number> {
    const { io } = this;
    const input = createInterface({
      input: io.stdin,
      output: io.interactive ? io.stdout : undefined,
      terminal: io.interactive,
    });
    let tellLeaving: (news: 'left') => void = () => undefined;
    const leaving = new Promise<'left'>((resolve) => (tellLeaving = resolve));
    const leave = () => {
      this.left = true;
      tellLeaving('left');
      input.close();
    };
    // With a terminal readline takes Ctrl-C itself; without one it comes as a signal.
    input.on('SIGINT', leave);
    const stopListening = io.onInterrupt(leave);
    try {
      for await (const line of prompted(input, io.interactive, `${this.colours.bold('you>')} `, () => this.left)) {
        const text = line.trim();
        if (text === '') continue;
        if (io.interactive && text === '/again') {
          const next = this.last
            ? await Promise.race([this.exchange(this.last.text, this.last.messageId), leaving])
            : 'on';
          if (next === 'over') return this.exitCode;
          if (next === 'left') break;
          continue;
        }
        if (io.interactive && /^\/\w+$/.test(line) && text !== '/end') {
          // A slip is not worth a model call; a space before it sends it all the same.
          writeLine(
            io.stdout,
            this.colours.dim(
              `${safeLine(line, 40)} is no command: /end ends the session, Ctrl-C leaves it open, /again asks for the last answer`,
            ),
          );
          continue;
        }
        const next = text === '/end' ? await this.endSession() : await Promise.race([this.exchange(line), leaving]);
        if (next === 'over' || (this.exitCode !== 0 && !io.interactive)) return this.exitCode;
        if (next === 'left') break;
      }
    } finally {
      stopListening();
      input.close();
    }
    if (io.interactive) writeLine(io.stdout, '');
    this.sayHowToComeBack();
    return this.exitCode;
  }

  /** One message and its answer. */
  private async exchange(text: string, messageId: string = randomUUID()): Promise<'on' | 'over'> {
    const { session, client, agent, io, flags, limits } = this;
    const { tenant, user } = flags;
    this.last = { text, messageId };
    try {
      const message = { sessionId: session.id, agent, tenant, user, limits, text, messageId };
      const sending = client.send(message, { timeoutMs: this.timeoutMs });
      const result: SendResult = await (this.showsProgress ? this.progress.during(sending) : sending);
      await this.show(result);
      if (result.kind === 'waiting_for_human' || result.kind === 'queued') return await this.personNeeded(result);
      if (result.kind === 'with_person') return await this.personAnswers(messageId);
      return result.kind === 'ended' || (result.kind === 'stopped' && result.session === 'ended') ? 'over' : 'on';
    } catch (error) {
      if (this.left) return 'over';
      this.exitCode = reportError(error, io);
      return error instanceof AnswerError || error instanceof SessionClosed || !io.interactive ? 'over' : 'on';
    }
  }

  /** Shows what came of a message, under the name of the agent that has the session by then. */
  private async show(result: SendResult): Promise<void> {
    const { session, agent, colours, io } = this;
    const spoke = await whoSpoke(session, agent, result);
    if (this.left) return;
    for (const line of spoke.handoffs.flatMap((item) => itemLines(item, colours))) writeLine(io.stdout, line);
    for (const line of answerLines(result, colours, spoke.agent)) writeLine(io.stdout, line);
  }

  /** Says how to go on where a person must decide first. Without a terminal nobody is there to wait, and the message has no answer. */
  private async personNeeded(result: SendResult): Promise<'on' | 'over'> {
    const { io, session, flags, colours } = this;
    const known = result.kind === 'waiting_for_human' ? result.pending : await session.pending();
    const pending = await wholeItems(session, known).catch(() => known);
    for (const line of pendingLines(pending, session.id, flags, colours, io.env)) writeLine(io.stdout, line);
    if (io.interactive && !flags.say) {
      writeLine(io.stdout, colours.dim('the message keeps its place; /again asks for its answer'));
      return 'on';
    }
    this.exitCode = 1;
    return 'over';
  }

  /** A person has taken over: their answer is waited for as any other. */
  private async personAnswers(messageId: string): Promise<'on' | 'over'> {
    const { io, session } = this;
    const end = Date.now() + this.timeoutMs;
    while (!this.left && Date.now() < end) {
      const found = await session.answer(messageId);
      if (found.kind === 'answered' && found.answer.kind !== 'queued' && found.answer.kind !== 'with_person') {
        await this.show(found.answer);
        return 'on';
      }
      await new Promise((resolve) => setTimeout(resolve, PERSON_LOOK_EVERY_MS));
    }
    if (this.left) return 'over';
    writeLine(io.stderr, 'nobody has answered yet; the message keeps its place');
    if (io.interactive && !this.flags.say) return 'on';
    this.exitCode = 1;
    return 'over';
  }

  private async endSession(): Promise<'over'> {
    const { io, session } = this;
    try {
      await session.end({ by: this.flags.user ?? 'chat', reason: 'ended in the chat' });
      const usage = await session.usage().catch(() => undefined);
      writeLine(io.stdout, this.colours.dim(`session ${session.id} ended${usage ? ` · ${usageLine(usage)}` : ''}`));
    } catch (error) {
      this.exitCode = reportError(error, io);
    }
    return 'over';
  }

  private sayHowToComeBack(): void {
    const back = `${commandName(this.io.env)} chat ${this.agent} --session ${this.session.id}${connectionArguments(this.flags)}`;
    // On stderr: what a program reads from stdout is the answers alone.
    writeLine(this.io.stderr, this.colours.dim(`session ${this.session.id} stays open; come back with: ${back}`));
  }
}

/** Lines of the input, with a prompt before each where somebody sits there. */
async function* prompted(
  input: Interface,
  interactive: boolean,
  prompt: string,
  left: () => boolean,
): AsyncGenerator<string> {
  input.setPrompt(prompt);
  if (interactive) input.prompt();
  for await (const line of input) {
    if (left()) return;
    yield line;
    if (left()) return;
    if (interactive) input.prompt();
  }
}

function readTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 86_400))
    throw new UsageError(`--timeout takes seconds from 1 to 86400, got ${JSON.stringify(text.slice(0, 40))}`);
  return seconds * 1000;
}
