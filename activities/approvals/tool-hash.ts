/** What an approval says of the tool it was given for. */
import { createHash } from 'node:crypto';
import type { Tool } from '../../agents/define-tool';
import { canonicalJson } from '../../workflows/contracts/json';
import { toolSchema } from '../model/tool-schema';

const known = new WeakMap<Tool, string>();

/**
 * sha256, hex, of what a person relies on who allows a call: the tool's name, effect, description and the schema of its arguments. Where one of them
 * changes, an approval is of another tool. @throws TypeError where the tool's schema has no JSON form.
 */
export function toolHashOf(tool: Tool): string {
  const found = known.get(tool);
  if (found !== undefined) return found;
  const { name, effect, description } = tool;
  const { parameters } = toolSchema(tool);
  const hash = sha256OfJson({ name, effect, description, parameters });
  known.set(tool, hash);
  return hash;
}

/** sha256 of the canonical JSON, hex. */
export function sha256OfJson(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
