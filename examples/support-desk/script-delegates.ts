/** What the scripted model answers as the researcher and as the writer. Their users are agents, who may word it as they like. */
import { callsTool, callsTools, says, type ScriptedRequest, type ScriptTurn } from '../../testing';
import { apology, fieldsOf, type Fields } from './read-request';

const ANYTHING = /./;

const RESEARCHER: ScriptTurn = {
  system: /^You are the researcher of/,
  user: ANYTHING,
  answers: [
    (request) => {
      const order = /It is about order (\d+)\./.exec(request.user)?.[1];
      const articles = { tool: 'find_articles', arguments: { words: 'arrives broken refund' } };
      return order === undefined
        ? callsTools(articles)
        : callsTools(articles, { tool: 'order_history', arguments: { order_number: order } });
    },
    // Without its sources: refused, with what is missing.
    (request) => result(request, (finding) => ({ text: finding.text })),
    (request) => result(request, (finding) => ({ ...finding })),
  ],
};

const WRITER: ScriptTurn = {
  system: /^You are the writer of/,
  user: /^Write a letter\./,
  answers: [
    ({ user, system }) => {
      const [first = '', ...facts] = user.split('\n');
      const name = /"recipient":"([^"]+)"/.exec(system)?.[1] ?? 'customer';
      return callsTool('give_result', {
        subject: 'Your report of 1 March 2027',
        body: `Dear ${name},\n${first.replace(/^Write a letter\. /, '')}\n${facts.join('\n')}\nHalden Home`,
      });
    },
  ],
};

interface FoundHere {
  readonly text: string;
  readonly source: string;
}

/** What the tools said: of the policy what is about refunds, of the order its last day. */
function foundHere(request: ScriptedRequest): readonly FoundHere[] {
  const { articles } = fieldsOf(request, 'find_articles', 'articles') ?? {};
  const history = fieldsOf(request, 'order_history', 'events');
  const events = Array.isArray(history?.events) ? (history.events as readonly string[]) : [];
  const policy = Array.isArray(articles) ? (articles as readonly Fields[]) : [];
  return [
    ...policy.slice(0, 2).map(({ text, article }) => ({ text: String(text), source: String(article) })),
    ...events.slice(-1).map((event) => ({ text: `${event}.`, source: String(history?.source) })),
  ];
}

function result(request: ScriptedRequest, shown: (finding: FoundHere) => Readonly<Record<string, string>>) {
  const list = foundHere(request);
  const [first] = list;
  if (!first) return says(apology(request, 'find_articles'));
  return callsTool('give_result', { answer: first.text, findings: list.map(shown) });
}

export const delegateTurns: readonly ScriptTurn[] = [RESEARCHER, WRITER];
