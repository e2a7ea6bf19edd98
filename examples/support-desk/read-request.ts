/** How the scripted model reads what it was told, so that what it says to the user is what happened, not what was hoped for. */
import { lastResult, type ScriptedRequest } from '../../testing';

export type Fields = Readonly<Record<string, unknown>>;

/** A successful result's fields, or undefined where the last call of the tool did not succeed. */
export function fieldsOf(request: ScriptedRequest, tool: string, mustHave: string): Fields | undefined {
  const json = lastResult(request, tool)?.json;
  if (typeof json !== 'object' || json === null || !(mustHave in json)) return undefined;
  return json as Fields;
}

/** A field as text; empty where it is not there. */
export function text(fields: Fields | undefined, name: string): string {
  const value = fields?.[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** What to say where a tool did not do what was asked: its own words. */
export function apology(request: ScriptedRequest, tool: string): string {
  const result = lastResult(request, tool);
  const message = (result?.json as { message?: unknown } | undefined)?.message;
  return `I am sorry, that did not work. ${typeof message === 'string' ? message : (result?.text ?? 'There was no answer.')}`;
}

/** The session's state as the engine told it last, line by line; none where nothing is known. */
function stateLines({ system }: ScriptedRequest): readonly string[] {
  const at = system.lastIndexOf('The state of this session, kept by the engine');
  return at < 0 ? [] : system.slice(at).split('\n');
}

/** Lines of one part of the state: `Still owed`, `Established`, `Done`; what is in quotes there as it was written. */
export function stateEntries(request: ScriptedRequest, title: string): readonly string[] {
  const lines = stateLines(request);
  const first = lines.indexOf(`${title}:`) + 1;
  if (first === 0) return [];
  const rest = lines.slice(first);
  const end = rest.findIndex((line) => !line.startsWith('- '));
  const entries = end < 0 ? rest : rest.slice(0, end);
  return entries.map((line) => line.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => String(JSON.parse(quoted))));
}

/** Ids of what is owed and matches, such as `h3.o1`. */
export function owedIds(request: ScriptedRequest, matching: RegExp): readonly string[] {
  return stateEntries(request, 'Still owed')
    .filter((line) => matching.test(line))
    .map((line) => /^- (\S+):/.exec(line)?.[1] ?? '');
}
