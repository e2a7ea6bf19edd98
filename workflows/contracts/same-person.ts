/** When two names are of one person, for the rules that need different people, and which names are nobody's. */

/** Stands for a deadline among those who decided on a call. */
export const BY_DEADLINE = 'policy';
/** Stands for the session's user, who wrote again before anybody had decided. */
export const BY_USER = 'user';

/** Blanks, what cannot be seen, upper and lower case, and how a letter is encoded do not tell people apart. Letters that only look alike do. */
export function samePerson(one: string, other: string): boolean {
  return nameKey(one) === nameKey(other);
}

/** A name as it is compared. */
export function nameKey(name: string): string {
  const seen = name.normalize('NFKC').replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
  return seen.trim().replace(/\s+/gu, ' ').toLowerCase().normalize('NFC');
}

/** True for a name that no person may decide by: the record has it for something else, or nobody could see it there. */
export function isNobodysName(name: string): boolean {
  return ['', BY_DEADLINE, BY_USER].includes(nameKey(name));
}
