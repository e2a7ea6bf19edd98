/** The one line of a tool call in the Web UI, terminals and lists. Shown raw by others, so it is inert here already. */
import type { Tool } from '../../agents/define-tool';
import { inertLine } from '../../workflows/contracts/display';
import type { JsonObject } from '../../workflows/contracts/json';

export const MAX_SUMMARY = 200;

/** `book_appointment(slot=Tue 09:00, patient=p-7)`: what the tool says of the arguments, else the first few of them. */
export function callSummary(tool: Pick<Tool, 'name' | 'summary'>, args: JsonObject, output: unknown): string {
  let inside: string | undefined;
  try {
    const said: unknown = tool.summary?.(output);
    if (typeof said === 'string') inside = said;
  } catch {
    // A summary is decoration: its author's bug must not cost the call.
  }
  inside ??= Object.entries(args)
    .slice(0, 6)
    .map(
      ([key, value]) => `${key}=${typeof value === 'string' ? value.slice(0, 60) : JSON.stringify(value).slice(0, 60)}`,
    )
    .join(', ');
  const room = MAX_SUMMARY - tool.name.length - 2;
  return `${tool.name}(${inertLine(inside, room)})`;
}
