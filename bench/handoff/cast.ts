/** Who talks in this bench and what is said: shared by the workers, the stub and the program that measures. */

/** `transfer`: the desk hands the user over to the clerk. `delegation`: the desk asks the clerk. */
export type Kind = 'transfer' | 'delegation';

/** The agent that has the user first. */
export const DESK = 'desk';
/** The agent in the child. */
export const CLERK = 'clerk';
export const HOLDFAST_QUEUE = 'bench-holdfast';
export const FLOOR_QUEUE = 'bench-floor';
export const MODEL = 'gpt-5-mini';

/** A request of a run: the desk's first, the clerk's, and the desk's with what the clerk said. */
export type Part = 'desk' | 'clerk' | 'desk again';

export const INSTRUCTIONS: Readonly<Record<typeof DESK | typeof CLERK, string>> = {
  [DESK]: 'You are the desk. You find out what guests want, and let the clerk see to it.',
  [CLERK]: 'You are the clerk. You see to what guests want, and say what you did.',
};

export const MESSAGES: Readonly<Record<Kind, string>> = {
  transfer: 'I would like to talk with somebody about the bill for room 12.',
  delegation: 'What is still open on the bill for room 14?',
};

/** The call that the desk answers a message with. */
export const CALLS: Readonly<Record<Kind, { readonly tool: string; readonly args: object }>> = {
  transfer: {
    tool: `transfer_to_${CLERK}`,
    args: { reason: 'The guest asks about a bill.', request: 'To talk about the bill for room 12.' },
  },
  delegation: { tool: `ask_${CLERK}`, args: { task: MESSAGES.delegation } },
};

export const ANSWER = 'Breakfast is open on it, and nothing else.';
