/** What the scripted model answers as the front desk. */
import { callsTool, callsTools, says, type ScriptedRequest, type ScriptTurn } from '../../testing';
import { SAYS } from './conversation';
import { apology, fieldsOf, owedIds, stateEntries, text, type Fields } from './read-request';
import { ORDERS } from './names';

const LAMP = 'LAMP-2';
const LAMP_ORDER = 70002;
export const REPORT_LETTER = 'send the letter that confirms the report of the broken lamp';

const RIGHTS = {
  question: 'What are the rights of somebody whose lamp arrived broken, and how long does a refund take?',
  order_number: LAMP_ORDER,
};
const LETTER = {
  purpose: 'It confirms that a broken lamp was reported today.',
  facts: [`${LAMP}, a floor lamp of order ${LAMP_ORDER}, arrived broken.`, 'It was reported on 2027-03-01.'],
};

const TURNS: readonly ScriptTurn[] = [
  {
    user: SAYS.hello,
    answers: [
      callsTool('update_state', {
        own: { topic: 'a broken lamp, and another order' },
        wanted: 'Money back for a lamp that arrived broken, and an answer about another order.',
      }),
      says(
        'I am sorry about the lamp. So that I can look into it: what is your full name, the e-mail address you ordered with, and your postcode?',
      ),
    ],
  },
  {
    user: SAYS.who,
    answers: [
      // A typo in the tool's name: rejected, with the names that exist.
      callsTool('chek_identity', { name: 'Nadia Berger', email: 'nadia.berger@example.com', postcode: 'M14 5RQ' }),
      callsTool('check_identity', { name: 'Nadia Berger', email: 'Nadia.Berger@example.com', postcode: 'm14 5rq' }),
      (request) =>
        says(
          fieldsOf(request, 'check_identity', 'customer_id')
            ? 'Thank you, Ms Berger, I have found you. What may I do first?'
            : apology(request, 'check_identity'),
        ),
    ],
  },
  {
    user: SAYS.rights,
    answers: [
      callsTools({ tool: 'ask_researcher', arguments: RIGHTS }, { tool: 'ask_writer', arguments: LETTER }),
      (request) =>
        callsTool('update_state', {
          established: [...found(request)],
          ...(fieldsOf(request, 'ask_writer', 'subject') ? { opened: [REPORT_LETTER] } : {}),
        }),
      (request) => {
        const answer = fieldsOf(request, 'ask_researcher', 'answer');
        const letter = fieldsOf(request, 'ask_writer', 'subject');
        const words = answer ? text(answer, 'answer') : apology(request, 'ask_researcher');
        return says(
          `${words} ${letter ? `Your letter, "${text(letter, 'subject')}", is ready; say when I am to send it.` : apology(request, 'ask_writer')}`,
        );
      },
    ],
  },
  {
    user: SAYS.shipped,
    answers: [
      callsTool(`transfer_to_${ORDERS}`, {
        reason: 'a question about an order that may not be shipped yet',
        request: 'The user asks whether order 70001 has been shipped.',
      }),
      (request) => says(apology(request, `transfer_to_${ORDERS}`)),
    ],
  },
  {
    user: SAYS.letter,
    answers: [
      (request) =>
        callsTool('send_letter', {
          subject: text(fieldsOf(request, 'ask_writer', 'subject'), 'subject'),
          body: `${text(fieldsOf(request, 'ask_writer', 'body'), 'body')}\n${newAddress(request)}`,
          meets: [...owedIds(request, /letter/)],
        }),
      (request) => {
        const sent = fieldsOf(request, 'send_letter', 'letter_id');
        return says(
          sent
            ? `Letter ${text(sent, 'letter_id')}, "${text(sent, 'subject')}", is on its way, and it names your new address.`
            : apology(request, 'send_letter'),
        );
      },
    ],
  },
  {
    user: SAYS.done,
    answers: [
      (request) => {
        const deeds = stateEntries(request, 'Done').length;
        const facts = stateEntries(request, 'Established').map((line) => line.replace(/^- \S+: (.*) \(.*\)$/, '- $1'));
        return says(
          `We did ${deeds} things for you, and this is how it stands now:\n${[...facts].reverse().join('\n')}`,
        );
      },
    ],
  },
  {
    user: SAYS.goodbye,
    answers: [
      (request) => {
        const owed = stateEntries(request, 'Still owed');
        return says(
          owed.length === 0
            ? 'Nothing is left open. Goodbye, Ms Berger!'
            : `Goodbye, Ms Berger! We still owe you: ${owed.join('; ')}`,
        );
      },
    ],
  },
];

/** What the researcher found, as facts. */
function found(request: ScriptedRequest): readonly { text: string; source: string }[] {
  const { findings } = fieldsOf(request, 'ask_researcher', 'findings') ?? {};
  const list = Array.isArray(findings) ? (findings as readonly Fields[]) : [];
  return list.map((one) => ({ text: text(one, 'text'), source: text(one, 'source') }));
}

/** What the orders desk established, which the front desk was never told in words. */
function newAddress(request: ScriptedRequest): string {
  const line = stateEntries(request, 'Established').find((one) => /goes to/.test(one)) ?? '';
  return /: (Order \d+ goes to .*?\.) \(/.exec(line)?.[1] ?? '';
}

export const triageTurns: readonly ScriptTurn[] = TURNS.map((turn) => ({
  system: /^You are the front desk of/,
  ...turn,
}));
