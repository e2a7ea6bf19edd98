/** Whose name is whose, for the rules that need different people. */
import { isNobodysName, samePerson } from '../../../workflows/contracts/same-person';

it.each([
  ['case', 'Mia', 'mIA'],
  ['blanks around it', ' mia\t', 'mia'],
  ['more blanks within', 'mia  van\u00a0Dam', 'mia van dam'],
  ['how an accent is written', 'Jos\u00e9', 'jose\u0301'],
  ['what cannot be seen', 'mi\u200ba\u00ad\ufeff', 'mia'],
  ['a filler that counts as a letter', 'mia\u3164', 'mia'],
  ['letters of full width', '\uff4dia', 'mia'],
])('%s does not make two people of one', (_, one, other) => {
  expect(samePerson(one, other)).toBe(true);
});

it('a letter that only looks alike does: names that matter are signed', () => {
  expect(samePerson('mia', 'm\u0456a')).toBe(false);
});

it.each(['policy', ' Policy', 'pol\u200bicy', 'USER', '\u200b'])('%j is nobody\u2019s name', (name) => {
  expect(isNobodysName(name)).toBe(true);
});

it('a name that begins like one of those is a name', () => {
  expect([isNobodysName('policy.officer'), isNobodysName('user2')]).toEqual([false, false]);
});
