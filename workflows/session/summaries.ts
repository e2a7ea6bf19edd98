/**
 * The words people see in the Temporal Web UI: summary lines and the page of current details. Text that came from a model, a tool or a
 * user is made inert first: no markdown, no control or bidirectional characters, bounded length.
 */
import type { SessionState } from './session-state';

/** `$0.0012`, from integer micro-dollars. */
export function dollars(microUsd: number): string {
  return `$${(microUsd / 1e6).toFixed(microUsd < 10_000 ? 4 : 2)}`;
}

/** `812→64 tok $0.0012`, `+` where some calls have no known price. */
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

/** `step 3 · receptionist · so far 812→64 tok $0.0012`. */
export function modelSummary(state: SessionState): string {
  return `step ${state.step} · ${state.input.agent} · so far ${spentSoFar(state)}`;
}

// Control characters, bidirectional overrides and isolates, zero-width characters, line separators.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** One line of foreign text, safe inside a markdown page. */
export function inert(text: string, max = 200): string {
  const cut = text.length > max ? `${Array.from(text).slice(0, max).join('')}…` : text;
  return cut
    .replace(/\r?\n|\t/g, ' ')
    .replace(INVISIBLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>]/g, (char) => (char === '&' ? '&amp;' : char === '<' ? '&lt;' : '&gt;'))
    .replace(/([\\`*_{}[\]()#+!|~])/g, '\\$1')
    .replace(/:\/\//g, '&#58;//');
}

/** The markdown page of current details. */
export function currentDetails(state: SessionState): string {
  const lines = [
    `**${state.status}**${state.reason ? ` — ${inert(state.reason)}` : ''}`,
    '',
    `Agent \`${state.input.agent}\` · turn ${state.turn} · step ${state.step} · spent ${spentSoFar(state)} · ` +
      `${state.usage.modelCalls} model calls, ${state.usage.toolCalls} tool calls` +
      (state.queue.length > 0 ? ` · ${state.queue.length} messages queued` : ''),
  ];
  const last = state.recent.slice(-8);
  if (last.length > 0) {
    lines.push('', '| call | what | outcome | spent |', '|---|---|---|---|');
    for (const record of last) {
      const spent =
        record.model === undefined ? '' : `${inert(record.model, 40)} ${record.tokens ?? ''} ${record.cost ?? ''}`;
      lines.push(`| ${record.id} | ${inert(record.summary, 120)} | ${record.outcome ?? '…'} | ${spent} |`);
    }
  }
  if (state.lastAnswer !== undefined) lines.push('', `Last answer: ${inert(state.lastAnswer, 300)}`);
  if (state.status === 'waiting_for_user') {
    lines.push(
      '',
      'Goes on with the update `send` `{"messageId": "…", "text": "…"}`; ends with `intervene` `{"actId": "…", "act": "end"}`.',
    );
  }
  return lines.join('\n');
}
