/** Finds what a script answers to a request. Pure: the same request always gets the same answer. */
import { failsWith, type Script, type ScriptedAnswer, type ScriptedRequest, type ScriptTurn } from './script';

/**
 * @returns the answer; for a request the script does not cover, an HTTP 400 that says what it covers, since that is the one
 *   class of failure that nobody retries.
 */
export function chooseAnswer(script: Script, request: ScriptedRequest): ScriptedAnswer {
  const turn = script.turns.find((candidate) => matches(candidate, request));
  if (!turn) return script.fallback?.(request) ?? failsWith(400, uncovered(script, request));
  const rule = turn.answers[request.position];
  if (rule !== undefined) return typeof rule === 'function' ? rule(request) : rule;
  return failsWith(
    400,
    `The script "${script.name}" holds ${turn.answers.length} answers for ${describe(turn)} and was asked for number ${request.position + 1}.`,
  );
}

function matches(turn: ScriptTurn, { user, system }: ScriptedRequest): boolean {
  // `search` starts at the beginning whatever the flags, where `test` would go on from the last match of a /g expression.
  if (turn.system && system.search(turn.system) < 0) return false;
  if (turn.user instanceof RegExp) return user.search(turn.user) >= 0;
  return normalise(turn.user) === normalise(user);
}

function normalise(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

function describe({ user, system }: ScriptTurn): string {
  const said = user instanceof RegExp ? String(user) : JSON.stringify(user.slice(0, 60));
  return system === undefined ? said : `${said} under ${String(system)}`;
}

function uncovered(script: Script, request: ScriptedRequest): string {
  const known = script.turns.map(describe).join(', ');
  return `The script "${script.name}" has no answer to ${JSON.stringify(request.user.slice(0, 60))}; it answers: ${known || 'nothing'}.`;
}
