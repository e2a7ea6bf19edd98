/** The conversation: user, agent, a person who spoke as the agent, calls with what became of them, notes, and what changed in the state, told apart by more than colour. */
import type { ConversationItem } from '../../../workflows/contracts';
import { inertJson } from '../../../workflows/contracts';
import { causeInWords, changeInWords } from '../../state-words';
import { markup, type Content, type Markup } from './markup';
import { foldedText, grouped, inWords } from './values';

const LONG_MESSAGE = 1_500;

export interface ConversationPart {
  readonly sessionId: string;
  readonly items: readonly ConversationItem[];
  /** Items before the first of them. */
  readonly before: number;
  readonly unreadable?: string;
  /** True: more of them can be shown on request. */
  readonly more: boolean;
}

export function conversation({ sessionId, items, before, unreadable, more }: ConversationPart): Markup {
  return markup`
${before > 0 && markup`<p class="quiet">${grouped(before)} earlier entries are not shown.${more && markup` <a href="/sessions/${encodeURIComponent(sessionId)}?all=1">Show more</a>`}</p>`}
${unreadable !== undefined && markup`<p class="warning">Not all of the conversation can be read: ${unreadable}</p>`}
${items.length === 0 && unreadable === undefined && markup`<p class="quiet">Nothing was said yet.</p>`}
<ol class="talk">${items.map((item) => entry(item))}</ol>`;
}

/** What the model wrote with each call, by the call's id. */
export function saidWithCalls(items: readonly ConversationItem[]): ReadonlyMap<string, string> {
  return new Map(
    items.flatMap((item) =>
      item.kind === 'assistant' ? (item.calls ?? []).map((call) => [call.id, item.text ?? ''] as const) : [],
    ),
  );
}

function entry(item: ConversationItem): Content {
  switch (item.kind) {
    case 'user':
      return row('user', 'User', foldedText(item.text, LONG_MESSAGE));
    case 'assistant':
      return [
        item.text !== null &&
          item.text !== '' &&
          (item.by === undefined
            ? row('agent', item.agent, foldedText(item.text, LONG_MESSAGE))
            : row(
                'person',
                markup`${item.by} <span class="quiet">as ${item.agent}</span>`,
                foldedText(item.text, LONG_MESSAGE),
              )),
        ...(item.calls ?? []).map((call) =>
          row(
            'call',
            'Call',
            markup`<strong>${inWords(call.tool)}</strong> <code>${foldedText(call.arguments, 160)}</code>`,
          ),
        ),
      ];
    case 'outcome': {
      const { outcome } = item;
      const said = outcome.kind === 'succeeded' ? inertJson(outcome.result) : outcome.message;
      return row(
        `outcome ${outcome.kind}`,
        'Result',
        markup`<strong>${inWords(item.tool)} ${outcome.kind}</strong> ${foldedText(said, 240)}`,
      );
    }
    case 'note': {
      const whose = item.by === undefined ? '' : ` by ${item.by}${item.verified ? ' (signed)' : ''}`;
      const to = item.audience === 'model' ? 'told to the agent' : 'for the record';
      return row(
        'note',
        markup`Note${whose} <span class="quiet">${inWords(item.reason)}, ${to}</span>`,
        foldedText(item.text, 400),
      );
    }
    case 'state':
      return row(
        'note',
        markup`State <span class="quiet">${causeInWords(item.cause)}</span>`,
        foldedText(changeInWords(item.change), 400),
      );
  }
}

function row(className: string, who: Content, text: Content): Markup {
  return markup`<li class="${className}"><span class="speaker">${who}</span><div class="words">${text}</div></li>`;
}
