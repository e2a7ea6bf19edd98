/** Which of an agent's tools a session may use. Grants only shrink from parent to child. */
import type { Grants } from '../../workflows/contracts/handoff';

export function isGranted({ only, without }: Grants = {}, tool: string): boolean {
  return (only === undefined || only.includes(tool)) && !without?.includes(tool);
}

/** What a child is granted: what its handoff says, without what is out of its parent's reach. Undefined: all. */
export function shrunk(own: Grants = {}, given: Grants = {}): Grants | undefined {
  const only = given.only ?? own.only;
  const without = [...new Set([...(own.without ?? []), ...(given.without ?? [])])];
  if (only === undefined && without.length === 0) return undefined;
  return { ...(only === undefined ? {} : { only }), ...(without.length === 0 ? {} : { without }) };
}

/** @returns that a handoff names tools which are out of its own agent's reach here, in words; null where it does not. */
export function wideningProblem({ only }: Grants = {}, given: Grants = {}): string | null {
  const beyond = only === undefined ? [] : (given.only ?? []).filter((tool) => !only.includes(tool));
  return beyond.length === 0
    ? null
    : `it would widen what this session may use: ${beyond.join(', ')} ${beyond.length === 1 ? 'is' : 'are'} not granted to it`;
}
