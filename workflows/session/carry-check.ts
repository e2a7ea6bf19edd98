/** Checks what an earlier run handed on, down to what the session touches. Plain code. */
import { isPlainObject } from '../contracts/json';
import { areTerms } from './approval-stages';

/** @returns what is wrong with the value at `path`, in words; null where nothing is. */
type Check = (value: unknown, path: string) => string | null;

/** What is wrong with a carry of version 1; null where nothing is. */
export function carryProblem(value: unknown): string | null {
  return CARRY_1(value, 'carry');
}

function expected(what: string, accepts: (value: unknown) => boolean): Check {
  return (value, path) => (accepts(value) ? null : `${path} must be ${what}`);
}

const text = expected('a text', (value) => typeof value === 'string');
const flag = expected('true', (value) => value === true);
const whole = expected('a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
const kinded = expected('an object with a kind', (value) => isPlainObject(value) && typeof value.kind === 'string');
const oneOf = (...names: readonly string[]) =>
  expected(`one of ${names.join(', ')}`, (value) => names.includes(value as string));

const optional =
  (check: Check): Check =>
  (value, path) =>
    value === undefined ? null : check(value, path);

const list =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path} must be a list`;
    for (const [index, item] of value.entries()) {
      const problem = check(item, `${path}[${index}]`);
      if (problem !== null) return problem;
    }
    return null;
  };

const record =
  (check: Check): Check =>
  (value, path) => {
    if (!isPlainObject(value)) return `${path} must be an object`;
    for (const [name, member] of Object.entries(value)) {
      const problem = check(member, `${path}.${name.slice(0, 60)}`);
      if (problem !== null) return problem;
    }
    return null;
  };

/** An object with these fields; others are let through. */
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (!isPlainObject(value)) return `${path} must be an object`;
    for (const [name, check] of Object.entries(fields)) {
      const problem = check(value[name], `${path}.${name}`);
      if (problem !== null) return problem;
    }
    return null;
  };

const ledger = shape({ name: text, id: text });
const message = shape({ messageId: text, text, agent: optional(text) });
const policy = shape({ maxResultBytes: whole, startToCloseMs: whole, heartbeatMs: whole, attempts: whole });
const anything = record(() => null);
const terms = expected('terms of an approval', areTerms);
const approver = shape({ by: text, actId: text, at: whole, verified: optional(flag), roles: optional(list(text)) });
const edited = shape({ args: anything, argsHash: text, summary: text, terms: optional(terms), by: text });
const approving = shape({
  since: whole,
  stage: whole,
  stageSince: whole,
  reminded: whole,
  approvedBy: list(approver),
  edited: optional(edited),
});
const approved = shape({
  args: optional(anything),
  argsHash: text,
  summary: text,
  toolHash: text,
  by: list(text),
  at: whole,
});
const hold = shape({ by: text, since: whole, reason: optional(text) });
/** A call of a plan. What kinds there are, and on what terms, is for whoever runs it: one that is not known, or on terms that are none, is never run. */
const planned: Check = (value, path) =>
  shape({ kind: text, id: text, tool: text, summary: text })(value, path) ??
  (isPlainObject(value) && (value.kind === 'run' || value.kind === 'approval')
    ? shape({ args: record(() => null), argsHash: text, policy, ledger: optional(ledger) })(value, path)
    : null);
/** Of a call that people are asked about. */
const onTerms = shape({ call: shape({ approval: terms }) });
const waiting = shape({
  kind: oneOf('call', 'undo'),
  callId: text,
  tool: text,
  summary: text,
  message: text,
  since: whole,
  row: shape({ callKey: text }),
  policy,
  ledger,
});
const used = record(whole);
const entries = list(shape({ id: text, text }));
const deeds = list(shape({ callId: text, text }));
const childRecord = shape({
  child: text,
  agent: text,
  role: oneOf('transfer', 'delegate'),
  callId: text,
  phase: oneOf('starting', 'open', 'parked', 'closed'),
  since: whole,
  contract: shape({ path: text, root: text, depth: whole }),
  begun: whole,
  seq: whole,
  pending: list(kinded),
  usage: used,
  spent: used,
  granted: used,
  turns: list(whole),
  request: optional(message),
  carry: optional(anything),
});

const CARRY_1 = shape({
  run: whole,
  keyNamespace: text,
  turn: whole,
  step: whole,
  status: oneOf('running', 'waiting_for_user', 'waiting_for_human'),
  since: whole,
  reason: optional(text),
  segments: list(shape({ hash: text, ledger, from: whole, length: whole, bytes: whole, runId: text })),
  tail: list(kinded),
  base: shape({ length: whole, digest: text }),
  queue: list(message),
  active: optional(message),
  runningStep: optional(
    shape({
      calls: list(
        (value, path) =>
          shape({
            call: planned,
            waiting: optional(waiting),
            attempt: optional(whole),
            again: optional(whole),
            said: optional(oneOf('absent', 'said_of_another')),
            approving: optional(approving),
            approved: optional(approved),
          })(value, path) ?? (isPlainObject(value) && value.approving !== undefined ? onTerms(value, path) : null),
      ),
    }),
  ),
  messages: list(shape({ messageId: text, content: text, answer: optional(kinded) })),
  usage: record(whole),
  definitionHash: optional(text),
  policy: optional(shape({ steps: whole, repairs: whole, parallelCalls: whole })),
  ledgers: record(text),
  acts: list(shape({ actId: text, done: shape({ act: text, content: text, callId: optional(text) }) })),
  undoable: list(shape({ callId: text, tool: text, summary: text, turn: whole, step: whole, policy, ledger })),
  waitingUndos: list(
    shape({
      call: (value, path) => waiting(value, path) ?? shape({ args: shape({ callId: text }) })(value, path),
      attempt: whole,
      again: whole,
    }),
  ),
  notes: list(shape({ reason: text, text })),
  bounding: shape({
    turn: used,
    session: used,
    extended: record(whole),
    noticed: record(shape({ count: whole, rungs: whole, last: optional(list(text)) })),
    asking: optional(
      shape({ bound: text, limit: whole, used: whole, needed: optional(whole), since: whole, until: optional(whole) }),
    ),
    repairDue: optional(flag),
    stronger: optional(flag),
    busySince: optional(whole),
  }),
  restReason: optional(text),
  lastAnswer: optional(text),
  lastPartial: optional(text),
  refused: whole,
  recent: list(
    shape({
      turn: whole,
      step: whole,
      kind: oneOf('model', 'tool'),
      id: text,
      name: text,
      summary: text,
      startedAt: whole,
    }),
  ),
  standing: optional(
    list((value, path) => approver(value, path) ?? shape({ tool: text, toolHash: text })(value, path)),
  ),
  decided: optional(
    list(shape({ callId: text, call: oneOf('approved', 'rejected'), by: list(text), at: whole, argsHash: text })),
  ),
  paused: optional(hold),
  person: optional(hold),
  steered: optional(list(text)),
  refusals: optional(list(shape({ at: whole, message: text, problem: text }))),
  lastOutcome: optional(text),
  state: optional(shape({ own: anything, wanted: optional(text), established: entries, done: deeds, owed: entries })),
  family: optional(
    shape({
      next: whole,
      records: list(childRecord),
      active: optional(text),
      holders: list(shape({ agent: text, news: whole })),
      news: whole,
      minted: shape({ facts: whole, obligations: whole }),
      slice: optional(used),
      accepted: expected('true or false', (value) => typeof value === 'boolean'),
      reports: whole,
      toldTo: optional(whole),
      begun: optional(whole),
      result: optional(expected('an object with a value', (value) => isPlainObject(value) && 'value' in value)),
    }),
  ),
});
