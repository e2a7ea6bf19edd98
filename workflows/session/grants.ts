/** Tools that a child may use. Plain code: whatever a plan says, grants only shrink on the way down. */
import type { Grants } from '../contracts/handoff';

/** @returns what a child may use where its parent may use `parent`, and the handoff says `given`. */
export function narrowed(parent: Grants | undefined, given: Grants | undefined): Grants | undefined {
  if (!parent || !given) return parent ?? given;
  const only =
    parent.only && given.only ? given.only.filter((name) => parent.only?.includes(name)) : (given.only ?? parent.only);
  const without = [...new Set([...(parent.without ?? []), ...(given.without ?? [])])];
  return { ...(only ? { only } : {}), ...(without.length === 0 ? {} : { without }) };
}

/** @returns that a handoff would give more than the one who hands over may use, in words; null where it would not. */
export function wideningProblem(parent: Grants | undefined, given: Grants | undefined): string | null {
  const more = given?.only?.filter(
    (name) => (parent?.only && !parent.only.includes(name)) || parent?.without?.includes(name),
  );
  if (!more || more.length === 0) return null;
  return `it would give the tools ${more.join(', ')}, which you may not use yourself; nothing was handed over`;
}
