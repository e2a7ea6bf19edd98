/** When two names are of one person, for the rules that need different people. */

/** Blanks around a name, upper and lower case, and how an accent is written do not tell people apart. */
export function samePerson(one: string, other: string): boolean {
  return nameKey(one) === nameKey(other);
}

/** A name as it is compared. */
export function nameKey(name: string): string {
  return name.trim().normalize('NFC').toLowerCase().normalize('NFC');
}
