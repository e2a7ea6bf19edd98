/** Calls that another agent answers, in a session of its own: its answer is the call's outcome. Plain code. */
import type { DelegateCall } from '../contracts/family-call';
import type { Slice, SliceKind } from '../contracts/handoff';
import type { Json } from '../contracts/json';
import type { SendRequest } from '../contracts/messages';
import type { ToolCallReport, ToolOutcome } from '../contracts/tool';
import { END_CHILD_MS } from './activity-options';
import { contractFor } from './child-input';
import { openRecords, type ChildRecord } from './children';
import type { Family } from './family';
import { ownReport, rejectedReport } from './family-calls';
import { wideningProblem } from './grants';
import { boundOf, isOfFamily, limitWords, onLimitOf } from './limits';
import { disown, owedBy } from './owing';
import { availableToAsk, shareOf } from './slices';
import { noteWanted } from './state-items';

/** Kinds of which a delegate that has nothing can do nothing. */
const ASKED_ABOUT: readonly SliceKind[] = ['modelCalls', 'tokens', 'microUsd'];

export class Delegating {
  constructor(
    private readonly family: Family,
    /** Task queue of the session: where a delegate's result is checked. */
    private readonly taskQueue: string,
  ) {}

  /** True where a child was begun for the call. */
  isBegun(callId: string): boolean {
    return this.recordOf(callId) !== undefined;
  }

  /** @returns `parked` where the next run goes on with it. */
  async delegate(call: DelegateCall): Promise<ToolCallReport | 'parked'> {
    const { family } = this;
    const { state } = family;
    const known = this.recordOf(call.id);
    const refusal = known ? undefined : this.refusal(call);
    if (refusal) return refusal;
    const { child } = known ?? this.begin(call);
    family.showStanding();
    const stopping = () => (state.ending ?? state.stop) !== undefined;
    /** Which run of the child was told to stop: one that came back is told again. */
    let told = 0;
    for (;;) {
      const record = family.get(child);
      if (record.phase === 'closed') return this.reportOf(record);
      if (record.phase === 'parked') {
        if (state.continuing && !stopping()) return 'parked';
        family.restart(child);
      }
      const { begun } = family.get(child);
      if (stopping() && told !== begun) {
        told = begun;
        family.cancel(child);
        const stopTimer = family.deps.deadline(
          END_CHILD_MS,
          // It goes on without it. What it says later counts all the same.
          () => family.close(child, 'cancelled', 'it was told to stop, and has not answered since'),
          `for ${record.agent} to come to its end`,
        );
        family.deps.background(family.until(() => isClosed(family, child) || undefined).then(stopTimer));
      }
      await family.until(() => this.hasNews(child, told === begun) || undefined);
    }
  }

  private hasNews(child: string, told: boolean): boolean {
    const { state } = this.family;
    const { phase } = this.family.get(child);
    return phase === 'closed' || phase === 'parked' || (!told && (state.ending ?? state.stop) !== undefined);
  }

  private recordOf(callId: string): ChildRecord | undefined {
    return [...this.family.state.family.records.values()].find(
      (record) => record.role === 'delegate' && record.callId === callId,
    );
  }

  /** Bounds on how many there may be at once, and how deep. What would be more is told to the model, whose detectors see to the rest. */
  private refusal(call: DelegateCall): ToolCallReport | undefined {
    const { state } = this.family;
    const { depth = 0, grants } = state.input.child ?? {};
    const policy = state.policy?.children ?? { depth: 1, atOnce: 1, perStep: 1 };
    if (depth >= policy.depth) {
      return rejectedReport(
        'limit',
        `${call.to} was not asked: agents may ask one another ${policy.depth} deep, and that is reached here`,
      );
    }
    const asked = (state.runningStep?.calls ?? []).filter(({ call: { kind } }) => kind === 'delegate');
    if (asked.findIndex(({ call: { id } }) => id === call.id) >= policy.perStep) {
      return rejectedReport(
        'limit',
        `${call.to} was not asked: at most ${policy.perStep} agents are asked at once. Ask again for what is still needed.`,
      );
    }
    const open = openRecords(state.family).length;
    if (open >= policy.atOnce) {
      return rejectedReport(
        'limit',
        `${call.to} was not asked: ${open} agents are at work for you already, which is the most. Ask again once one has answered.`,
      );
    }
    const widening = wideningProblem(grants, call.grants);
    if (widening !== null) return rejectedReport('not_permitted', `${call.to} was not asked: ${widening}`);
    return this.nothingLeft(call);
  }

  /** Where there is nothing to be given but what the own answer needs, and nobody who could be asked for more. */
  private nothingLeft(call: DelegateCall): ToolCallReport | undefined {
    const { state } = this.family;
    // By the rules of plans that kept nothing back it is begun all the same.
    if (!call.keeps) return undefined;
    const slice = this.sliceFor(call);
    const empty = ASKED_ABOUT.map((kind) => (slice[kind] === 0 ? boundOf(state, kind) : undefined));
    // With nothing of these it would meet its bound, and have its parent, or a person, asked. For want of model calls that is done before the own next step.
    const bound = empty.find(
      (found) =>
        found && (found.bound.endsWith('.modelCalls') || (onLimitOf(state) === 'stop' && !isOfFamily(found.bound))),
    );
    if (!bound) return undefined;
    return rejectedReport(
      'limit',
      `${call.to} was not asked: nothing is left for it (${limitWords(bound)}). What is left is kept for your own answer, or in the hands of those whom you asked before. Go on with what you have.`,
    );
  }

  /** Its share of what may be given. */
  private sliceFor({ share, keeps }: DelegateCall): Slice {
    const { state } = this.family;
    const waiting = (state.runningStep?.calls ?? []).filter(
      (each) => each.call.kind === 'delegate' && !each.report && !this.isBegun(each.call.id),
    );
    // Few parts are rather for the first ones than too small for all of them.
    return shareOf(availableToAsk(state), waiting.length, share, keeps ? 1 : 0);
  }

  private begin(call: DelegateCall): ChildRecord {
    const { state } = this.family;
    const { id: callId, tool, to, taskQueue, brief, own, grants, result, acceptMs } = call;
    const slice = this.sliceFor(call);
    const { agent } = state.input;
    noteWanted(state, this.family.deps.now());
    const request: SendRequest = { messageId: `ask.${callId}`, text: call.text };
    const contract = contractFor(state, {
      role: 'delegate',
      callId,
      from: agent,
      brief,
      own,
      grants,
      slice,
      ...(result ? { result: { schema: result, agent, delegate: tool, taskQueue: this.taskQueue } } : {}),
      ...(acceptMs === undefined ? {} : { announce: true }),
    });
    return this.family.begin({ agent: to, role: 'delegate', callId, taskQueue, contract, request, slice, acceptMs });
  }

  private reportOf(record: ChildRecord): ToolCallReport {
    const { state, deps } = this.family;
    disown(state, record, deps.now());
    const outcome = outcomeOf(record, owedBy(state, record));
    // It is in the conversation from here on.
    const { value: _value, text: _text, ...rest } = record;
    this.family.change(rest);
    return ownReport(outcome);
  }
}

function isClosed(family: Family, child: string): boolean {
  return family.get(child).phase === 'closed';
}

/** @param owed obligations that it left open. */
function outcomeOf(record: ChildRecord, owed: readonly string[]): ToolOutcome {
  const { agent, reason, message, value, text, partial } = record;
  const left = owed.length === 0 ? '' : ` It left open: ${owed.join('; ')}. That is yours now.`;
  const because = message === undefined ? '' : ` (${message})`;
  const has = text === undefined ? '' : ` What it has: ${text}`;
  switch (reason) {
    case 'answered': {
      if (value === undefined && partial !== undefined) {
        return failed(`${agent} did not get to the end (${partial}).${has}${left}`);
      }
      const result: Json = value ?? text ?? null;
      return { kind: 'succeeded', result: owed.length === 0 ? result : { result, left_open: owed } };
    }
    case 'cancelled':
      return {
        kind: 'cancelled',
        message: `${agent} was told to stop before it had an answer${because}.${has}${left}`,
      };
    case 'refused':
    case 'not_started':
      return failed(`${agent} did not take this on: ${message ?? 'nobody knows why'}`);
    case 'terminated':
    case 'timed_out':
      return failed(
        `the session of ${agent} was ended from outside (${reason}); what it did last may not be known.${left}`,
      );
    default:
      return failed(`${agent} did not get to the end (${message ?? reason ?? 'nobody knows why'}).${has}${left}`);
  }
}

function failed(message: string): ToolOutcome {
  return { kind: 'failed', reason: 'tool_error', message };
}
