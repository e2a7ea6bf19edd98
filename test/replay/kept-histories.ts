/** The histories that are kept in `histories/`, one JSON file for each run of a session: protobuf JSON, one event a line. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import { historyFromJson, historyToJson } from './history-json';
import type { History } from '../session/history';

/** The folder beside the sources, also when this runs as compiled code under `dist/`. */
const FOLDER = [__dirname, path.join(__dirname, '../../../test/replay')]
  .map((folder) => path.join(folder, 'histories'))
  .find((folder) => existsSync(folder));

function folder(): string {
  if (FOLDER === undefined) throw new Error('there is no folder test/replay/histories');
  return FOLDER;
}

const fileOf = (name: string) => path.join(folder(), `${name}.json`);

/** Names of the kept histories, each run after those before it. */
export function keptNames(): readonly string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort((one, other) => (one < other ? -1 : 1));
}

/** Under which name the run with the number `run` of a scenario's session is kept, where it has `of`. */
export function nameOfRun(scenario: string, run: number, of: number): string {
  return of === 1 ? scenario : `${scenario}.run${String(run).padStart(2, '0')}`;
}

/** Under which name a member of a scenario's family is kept. @param path of a child, such as `h1/h2`; empty: the session itself. */
export function nameOfMember(scenario: string, path: string): string {
  return path === '' ? scenario : `${scenario}.${path.replaceAll('/', '-')}`;
}

export function scenarioOf(name: string): string {
  return memberOf(name).replace(/\.h\d+(?:-h\d+)*$/, '');
}

function memberOf(name: string): string {
  return name.replace(/\.run\d+$/, '');
}

/** Names of the kept runs up to this one, the first of them first. */
export function runsUpTo(name: string): readonly string[] {
  return keptNames().filter((each) => memberOf(each) === memberOf(name) && each <= name);
}

export function isKept(scenario: string): boolean {
  return keptNames().some((name) => scenarioOf(name) === scenario);
}

export function readKept(name: string): History {
  return historyFromJson(JSON.parse(readFileSync(fileOf(name), 'utf8')));
}

/** @throws Error where one of that name is kept already, or where it tells something of the machine it was made on. */
export function keep(name: string, history: History): void {
  const lines = historyToJson(history).events.map((event) => JSON.stringify(event, withoutMachine));
  const text = `{"events":[\n${lines.join(',\n')}\n]}\n`;
  const said = readable(text);
  const tells = [`@${hostname()}`, homedir(), process.cwd()].filter((word) => said.includes(word));
  if (tells.length > 0)
    throw new Error(`the history ${name} holds ${tells.join(', ')}, of the machine it was recorded on`);
  writeFileSync(fileOf(name), text, { flag: 'wx' });
}

/** Who did it and where in their code is of no use to a replay. */
function withoutMachine(key: string, value: unknown): unknown {
  // A worker's identity and the queue of its own are `<pid>@<host>…`.
  if (typeof value === 'string' && /^\d+@/.test(value)) return 'recorded';
  if (key === 'stackTrace') return '';
  return value;
}

/** `text` and every payload in it, decoded. */
function readable(text: string): string {
  const decoded: string[] = [text];
  JSON.parse(text, (key, value: unknown) => {
    if (key === 'data' && typeof value === 'string') decoded.push(Buffer.from(value, 'base64').toString('utf8'));
    return value;
  });
  return decoded.join('\n');
}
