/** `holdfast completion`: lets a shell complete commands, flags and the ids of sessions and calls. */
import type { Command } from 'commander';
import { connect, type Session } from '../client';
import { splitCallId } from '../client/family';
import { CHILD_PATH_PATTERN, FAMILY_CALL_ID_PATTERN, LIMIT_NAMES, SESSION_ID_PATTERN } from '../workflows/contracts';
import type { ConnectionFlags } from './connection-flags';
import { callsOfChild } from './interventions';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';

/** What the shell's script calls: `holdfast __complete <words…>`, the last of them the one that is being typed. */
export const COMPLETE_COMMAND = '__complete';

/** Somebody waits with the finger on the key, ms. */
const PATIENCE_MS = 2_000;
const MOST_IDS = 50;

/** What is offered: ids, names and flags, calls of children, and paths of these. */
const SAFE: readonly RegExp[] = [SESSION_ID_PATTERN, FAMILY_CALL_ID_PATTERN, CHILD_PATH_PATTERN];

const SHELLS: Readonly<Record<string, string>> = {
  bash: `# holdfast completion for bash: eval "$(holdfast completion bash)"
_holdfast() {
  local line="\${COMP_LINE:0:COMP_POINT}" words cur
  read -ra words <<< "$line"
  [[ "$line" == *' ' ]] && words+=('')
  cur="\${words[\${#words[@]}-1]}"
  local IFS=$'\\n'
  COMPREPLY=($(holdfast ${COMPLETE_COMMAND} -- "\${words[@]:1}" 2>/dev/null))
  # Bash takes a colon for the end of a word.
  if [[ "$cur" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
    local done="\${cur%"\${cur##*:}"}" index
    for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]="\${COMPREPLY[index]#"$done"}"; done
  fi
}
complete -o default -F _holdfast holdfast`,
  zsh: `# holdfast completion for zsh: eval "$(holdfast completion zsh)"
_holdfast() {
  local -a found
  found=("\${(@f)$(holdfast ${COMPLETE_COMMAND} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "$found[1]" ]] && compadd -- $found || _files
}
compdef _holdfast holdfast`,
  fish: `# holdfast completion for fish: holdfast completion fish | source
function __holdfast_complete
  set -l words (commandline -opc) (commandline -ct)
  holdfast ${COMPLETE_COMMAND} -- $words[2..-1] 2>/dev/null
end
complete -c holdfast -a '(__holdfast_complete)'`,
};

/** @returns the exit code. @throws UsageError for a shell that is not known. */
export function printCompletion(shell: string, io: Io): number {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined) throw new UsageError(`completion is there for ${Object.keys(SHELLS).join(', ')}`);
  writeLine(io.stdout, script);
  return 0;
}

/** Prints what may be typed next, one in each line. Whatever goes wrong, nothing is said: somebody is in the middle of a line. */
export async function complete(words: readonly string[], program: Command, io: Io): Promise<number> {
  try {
    // What is printed is put into a command line: nothing that a shell would take for more than a word.
    const safe = (await candidates(words, program)).filter((candidate) => SAFE.some((each) => each.test(candidate)));
    for (const candidate of safe) writeLine(io.stdout, candidate);
  } catch {
    // No candidates.
  }
  return 0;
}

async function candidates(words: readonly string[], program: Command): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const { command, rest } = commandIn(program, words.slice(0, -1));
  const beginning = (all: readonly string[]) => all.filter((each) => each.startsWith(current));
  if (current.startsWith('-')) return beginning(command.options.flatMap(({ long }) => (long ? [long] : [])));
  if (command.commands.length > 0) {
    const names = command.commands.map((each) => each.name()).filter((name) => name !== COMPLETE_COMMAND);
    return beginning([...names, 'help']);
  }
  const { positionals, flags, awaited } = parse(command, rest);
  if (awaited?.attributeName() === 'child') return beginning(await childPaths(positionals[0] ?? '', flags));
  if (awaited) return beginning(awaited.argChoices ?? []);
  const argument = command.registeredArguments[positionals.length];
  switch (argument?.name()) {
    case 'session':
      return sessionIds(current, flags);
    case 'call':
      return beginning(await callIds(positionals[0] ?? '', current, flags));
    case 'bound':
      return beginning(LIMIT_NAMES);
    case 'shell':
      return beginning(Object.keys(SHELLS));
    default:
      return [];
  }
}

/** The command that the words lead to, and those that come after it. */
function commandIn(program: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  let command = program;
  let at = 0;
  for (; at < words.length; at += 1) {
    const next = command.commands.find((each) => each.name() === words[at]);
    if (!next) break;
    command = next;
  }
  return { command, rest: words.slice(at) };
}

/** Tells flags from arguments. `awaited`: the flag whose value is being typed. */
function parse(command: Command, words: readonly string[]) {
  const positionals: string[] = [];
  const flags: Record<string, string> = {};
  let awaited: Command['options'][number] | undefined;
  for (const word of words) {
    if (awaited) {
      flags[awaited.attributeName()] = word;
      awaited = undefined;
    } else if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => long === word || short === word);
      awaited = option && (option.required || option.optional) ? option : undefined;
    } else positionals.push(word);
  }
  return { positionals, flags: flags as ConnectionFlags, awaited };
}

async function sessionIds(current: string, flags: ConnectionFlags): Promise<readonly string[]> {
  const client = await connect(flags);
  try {
    const found = await client.listSessions({
      ...(current === '' ? { open: true } : { idPrefix: current }),
      limit: MOST_IDS,
      timeoutMs: PATIENCE_MS,
    });
    return found.map(({ sessionId }) => sessionId);
  } finally {
    await client.close();
  }
}

/** Those that wait, and the last ones, of a child too where its path was typed. */
async function callIds(sessionId: string, current: string, flags: ConnectionFlags): Promise<readonly string[]> {
  return ofSession(sessionId, flags, async (session) => {
    const options = { timeoutMs: PATIENCE_MS };
    const { child } = splitCallId(current);
    const [pending, { recent }, ofChild] = await Promise.all([
      session.pending(options),
      session.status(options),
      child === undefined ? [] : callsOfChild(session, child, PATIENCE_MS),
    ]);
    const waiting = pending.filter(({ approval, call }) => approval ?? call).map(({ id }) => id);
    const last = [...recent.filter(({ kind }) => kind === 'tool'), ...ofChild];
    return [...new Set([...waiting, ...last.map(({ id }) => id)])];
  });
}

/** Of the children right below the session. */
async function childPaths(sessionId: string, flags: ConnectionFlags): Promise<readonly string[]> {
  return ofSession(sessionId, flags, async (session) => {
    const { children = [] } = await session.status({ timeoutMs: PATIENCE_MS });
    return children.map(({ child }) => child);
  });
}

async function ofSession<T>(
  sessionId: string,
  flags: ConnectionFlags,
  read: (session: Session) => Promise<T>,
): Promise<T> {
  const client = await connect(flags);
  try {
    return await read(client.session(sessionId));
  } finally {
    await client.close();
  }
}
