/** `holdfast pause`, `resume`, `note`, `say`, `take-over`, `hand-back`, `cancel-call`, `replace-outcome`, `patch-state`, `revoke`: how people step in. */
import {
  HoldfastError,
  type InterveneResult,
  type NamedActOptions,
  type Session,
  type StateDraft,
  type StepRecord,
} from '../client';
import { splitCallId } from '../client/family';
import type { Json } from '../workflows/contracts';
import { namedAct, readJson, type ActFlags } from './act-flags';
import { wantsJson } from './connection-flags';
import { findCall, withSession } from './find-session';
import { writeLine, type Io } from './io';
import { safeLine } from './terminal-text';

export interface ReplaceFlags extends ActFlags {
  /** JSON text: what the tool would have returned. */
  readonly result: string;
}

export interface PatchFlags extends Omit<ActFlags, 'json'> {
  /** JSON text: what changes. */
  readonly json: string;
}

/** An act, and what is said where it was done. */
interface Intervention {
  readonly act: (session: Session, options: NamedActOptions) => Promise<InterveneResult>;
  readonly said: (session: Session, done: InterveneResult) => string;
  /** The exit code; absent: 0. */
  readonly code?: (done: InterveneResult) => number;
}

async function doIt(sessionText: string, flags: ActFlags, io: Io, { act, said, code }: Intervention): Promise<number> {
  const options = namedAct(flags);
  return withSession(sessionText, flags, io, async (session) => {
    const done = await act(session, options);
    const before = done.kind === 'already_done' ? ' (done before)' : '';
    writeLine(io.stdout, wantsJson(flags) ? JSON.stringify(done, null, 2) : `${said(session, done)}${before}`);
    return code?.(done) ?? 0;
  });
}

type Simple = 'pause' | 'resume' | 'takeOver' | 'handBack';

const SAID: Readonly<Record<Simple, string>> = {
  pause: 'is paused: what is in flight finishes, nothing new is begun',
  resume: 'goes on',
  takeOver: 'is yours: messages wait for you, `holdfast say` answers them, `holdfast hand-back` gives it back',
  handBack: 'is with its agent again',
};

export function stepIn(act: Simple, sessionText: string, flags: ActFlags, io: Io): Promise<number> {
  return doIt(sessionText, flags, io, {
    act: (session, options) => session[act](options),
    said: ({ id }) => `session ${id} ${SAID[act]}`,
  });
}

export function leaveNote(sessionText: string, text: string, flags: ActFlags, io: Io): Promise<number> {
  return doIt(sessionText, flags, io, {
    act: (session, options) => session.note(text, options),
    said: ({ id }) => `the model of session ${id} is told with its next call`,
  });
}

export function say(sessionText: string, text: string, flags: ActFlags, io: Io): Promise<number> {
  return doIt(sessionText, flags, io, {
    act: (session, options) => session.speak(text, options),
    said: ({ id }) => `said to the user of session ${id}, as its agent`,
  });
}

export function revoke(sessionText: string, standing: string, flags: ActFlags, io: Io): Promise<number> {
  return doIt(sessionText, flags, io, {
    act: async (session, options) => {
      const { standing: all = [] } = await session.status();
      const ids = all.map(({ actId }) => actId);
      return session.revoke(findCall(standing, ids), options);
    },
    said: ({ id }) => `the decision holds no longer for later calls of session ${id}`,
  });
}

/** @returns the exit code: 1 where the call was not cancelled, since it had ended first or nobody knows. */
export function cancelCall(sessionText: string, callText: string, flags: ActFlags, io: Io): Promise<number> {
  let callId = callText;
  return doIt(sessionText, flags, io, {
    act: async (session, options) => {
      callId = await recentCall(session, callText, ({ endedAt }) => endedAt === undefined);
      return session.cancelCall(callId, options);
    },
    said: (_, { outcome }) => {
      if (!outcome)
        return `call ${callId} was told to stop and has not ended yet; \`holdfast status\` says when it has`;
      if (outcome.kind === 'cancelled') return `call ${callId} is cancelled`;
      const words = outcome.kind === 'succeeded' ? '' : `: ${safeLine(outcome.message, 500)}`;
      return `call ${callId} was not cancelled: ${outcome.kind}${words}`;
    },
    code: ({ outcome }) => (!outcome || outcome.kind === 'cancelled' ? 0 : 1),
  });
}

export function replaceOutcome(sessionText: string, callText: string, flags: ReplaceFlags, io: Io): Promise<number> {
  const result = readJson('--result', flags.result, 'what the tool would have returned, e.g. \'{"id": 7}\'') as Json;
  let callId = callText;
  return doIt(sessionText, flags, io, {
    act: async (session, options) => {
      callId = await recentCall(session, callText, ({ outcome }) => outcome !== 'succeeded');
      return session.replaceOutcome(callId, result, options);
    },
    said: () => `the outcome of call ${callId} is what you gave; the model is told so`,
  });
}

/** What the patch may hold is for the client to check. */
export function patchState(sessionText: string, { json, ...flags }: PatchFlags, io: Io): Promise<number> {
  const example = 'what changes in the state, e.g. \'{"established": [{"text": "the card is valid"}], "met": ["o2"]}\'';
  const patch = readJson('--json', json, example) as StateDraft;
  return doIt(sessionText, flags, io, {
    act: (session, options) => session.patchState(patch, options),
    said: ({ id }) => `the state of session ${id} is changed; the model is shown it with its next call`,
  });
}

/** The call that is meant, of the last ones of the session, or of the child that its id begins with: rather one that it may be. */
export async function recentCall(
  session: Session,
  text: string,
  may: (record: StepRecord) => boolean,
): Promise<string> {
  const { recent } = await session.status();
  const { child } = splitCallId(text);
  const ofChild = child === undefined ? [] : await callsOfChild(session, child);
  const calls = [...recent.filter(({ kind }) => kind === 'tool'), ...ofChild];
  const meant = calls.filter((record) => may(record) && record.id.startsWith(text));
  // Of one for which it cannot be done the session says why.
  return findCall(
    text,
    (meant.length > 0 ? meant : calls).map(({ id }) => id),
  );
}

/** The last calls of a child, by the ids that the first session has for them; none where it cannot be read: then the id is taken as it is typed. */
export async function callsOfChild(session: Session, path: string, timeoutMs?: number): Promise<readonly StepRecord[]> {
  try {
    const { recent } = await session.child(path).status({ timeoutMs });
    return recent.filter(({ kind }) => kind === 'tool').map((record) => ({ ...record, id: `${path}:${record.id}` }));
  } catch (error) {
    if (error instanceof HoldfastError) return [];
    throw error;
  }
}
