/** What a session's state is and what changed it, in words for people. Plain; the words of others in them are not yet safe to show. */
import type { StateCause, StateChange, StateDoc } from '../client';

/** `established f3 the card is valid; owed o2 call back on Monday`. */
export function changeInWords({ own, wanted, established, refuted, done, owed, met }: StateChange): string {
  return [
    ...(wanted === undefined ? [] : [`wanted ${wanted}`]),
    ...each('established', established, ({ id, text }) => `${id} ${text}`),
    ...each('refuted', refuted, (id) => id),
    ...each('done', done, deedInWords),
    ...each('owed', owed, ({ id, text }) => `${id} ${text}`),
    ...each('met', met, (id) => id),
    ...(own === undefined || Object.keys(own).length === 0 ? [] : [`own ${JSON.stringify(own)}`]),
  ].join('; ');
}

/** Who, or what, made a change: `by the model (t1.s1.c1-1a2b3c4d)`. */
export function causeInWords(cause: StateCause): string {
  switch (cause.kind) {
    case 'model':
      return `by the model (${cause.callId})`;
    case 'tool':
      return `by ${cause.tool} (${cause.callId})`;
    case 'person':
      return `by ${cause.by}`;
    case 'engine': {
      const of = cause.callId ?? cause.messageId;
      return `by the session${of === undefined ? '' : ` (${of})`}`;
    }
    case 'handoff':
      return `from ${cause.agent}${cause.child === undefined ? '' : ` (${cause.child})`}`;
  }
}

/** An effect that happened, on one line. */
export function deedInWords({ text, agent, callId, undone }: StateDoc['done'][number]): string {
  return `${text}${undone ? ' (undone)' : ''}, ${agent} ${callId}`;
}

function each<T>(word: string, entries: readonly T[] | undefined, inWords: (entry: T) => string): readonly string[] {
  return entries === undefined || entries.length === 0 ? [] : [`${word} ${entries.map(inWords).join(', ')}`];
}
