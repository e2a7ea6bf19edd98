/**
 * What the scripted model answers to anything that is not in its script: short commands are turned into calls, and to the rest it says what it is. So the chat can
 * be tried without any key, and nobody takes it for a model that understands.
 */
import type { JsonObject } from '../../workflows/contracts/json';
import { callsTool, says, type ScriptedAnswer, type ScriptedRequest } from '../../testing';

const WHAT_I_AM = `I am a scripted stand-in for a model: there is nobody here to understand free text.
What I can do is call the tools of the desk you are at for real. Try one of these:
  who Nadia Berger, nadia.berger@example.com, M14 5RQ
  research How long does a refund take?
  orders | refunds | triage              (goes to that desk)
  look 70001                             (at the orders and the refunds desk)
  address 70001 7 Canal Street, Leeds LS1 4DT
  cancel 70001 MUGS-4
  refund 70002 LAMP-2 149.00
  back                                   (hands back)
With OPENAI_API_KEY set (and --live, in the demo) a real model answers instead.`;

interface Command {
  readonly pattern: RegExp;
  /** Where only one desk has it and another is asked, it is not called. */
  readonly tool: (parts: readonly string[]) => string;
  readonly args: (parts: readonly string[]) => JsonObject;
}

const asked: JsonObject = { reason: 'the user asked for it', request: 'The user asked to be handed over.' };

const COMMANDS: readonly Command[] = [
  {
    pattern: /^who\s+(.+?),\s*(\S+@\S+),\s*(.+)$/i,
    tool: () => 'check_identity',
    args: ([name = '', email = '', postcode = '']) => ({ name, email, postcode }),
  },
  { pattern: /^research\s+(.+)$/i, tool: () => 'ask_researcher', args: ([question = '']) => ({ question }) },
  {
    pattern: /^(orders|refunds|triage)$/i,
    tool: ([desk = '']) => `transfer_to_${desk.toLowerCase()}`,
    args: () => asked,
  },
  { pattern: /^look\s+(\d+)$/i, tool: () => 'look_up_order', args: ([order]) => ({ order_number: Number(order) }) },
  {
    pattern: /^address\s+(\d+)\s+(.+)$/i,
    tool: () => 'change_address',
    args: ([order, address = '']) => ({ order_number: Number(order), address }),
  },
  {
    pattern: /^cancel\s+(\d+)\s+(\S+)$/i,
    tool: () => 'cancel_item',
    args: ([order, sku = '']) => ({ order_number: Number(order), sku }),
  },
  {
    pattern: /^refund\s+(\d+)\s+(\S+)\s+(\d+)\.(\d\d)$/i,
    tool: () => 'refund_payment',
    args: ([order, sku = '', pounds = '', pence = '']) => ({
      order_number: Number(order),
      sku,
      amount: Number(pounds + pence),
      currency: 'GBP',
      reason: 'the user asked for it',
    }),
  },
  { pattern: /^back$/i, tool: () => 'hand_back', args: () => asked },
];

export function answerUnscripted(request: ScriptedRequest): ScriptedAnswer {
  if (request.position > 0) return says(request.results.map((result) => `${result.tool}: ${result.text}`).join('\n'));
  if (isHandedOver(request)) return says(`This is ${deskOf(request)} now.`);
  for (const { pattern, tool, args } of COMMANDS) {
    const match = pattern.exec(request.user.trim());
    if (!match) continue;
    const name = tool(match.slice(1));
    if (request.tools.includes(name)) return callsTool(name, args(match.slice(1)));
  }
  return says(WHAT_I_AM);
}

const HANDOVER = /^(orders|refunds|triage|back)$/i;

/** The message by which the user was handed over is the first that the next desk gets. */
function isHandedOver({ user, tools, history, notes }: ScriptedRequest): boolean {
  const said = user.trim().toLowerCase();
  if (!HANDOVER.test(said)) return false;
  if (notes.some((note) => /has handed it back to you/.test(note))) return true;
  return said === 'back' ? history.length === 0 : !tools.includes(`transfer_to_${said}`);
}

function deskOf({ system }: ScriptedRequest): string {
  return /^You are (.+?) of/.exec(system)?.[1] ?? 'another desk';
}
