/** What the user says to the support desk, in order. */
export const SAYS = {
  hello: 'Hello! A lamp that I ordered from you arrived broken, and I have a question about another order, too.',
  who: 'I am Nadia Berger, nadia.berger@example.com, postcode M14 5RQ.',
  rights:
    'First of all: what are my rights with a lamp that came broken? It is in order 70002. And please prepare a letter which confirms that I reported it today.',
  shipped: 'Good. Now the other one, order 70001: has it been shipped yet?',
  address: 'Then please send it to my new address: 7 Canal Street, Leeds LS1 4DT.',
  mugs: 'And I do not need the mugs any more. Please take them out of that order.',
  lamp: 'Thank you. Back to the lamp of order 70002: I would like my money back for it.',
  agreed: 'Yes, please pay it back.',
  again: 'My bank shows nothing for the mugs yet. If their refund did not go through, please pay it again.',
  onItsWay: 'All right. And what about order 70001, is it on its way by now?',
  letter: 'Then please send me the letter that you prepared, and let it confirm my new address as well.',
  done: 'Wonderful. Could you sum up what you have all done for me today?',
  goodbye: 'That is all. Goodbye!',
} as const;

export const CONVERSATION: readonly string[] = Object.values(SAYS);

/** Of the whole conversation: two transfers, a hand back, two agents asked at once, an approval. Short, since every step of it is one more set of places to die in. */
export const SHORT_CONVERSATION: readonly string[] = [
  SAYS.who,
  SAYS.rights,
  SAYS.shipped,
  SAYS.lamp,
  SAYS.agreed,
  SAYS.onItsWay,
];
