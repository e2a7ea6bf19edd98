/** Forms of a session's page, read as acts. What is wrong with one is said in a sentence for the person who typed it. */
import type { Decision, StandingScope } from '../../workflows/contracts';
import { isLimitName } from '../../workflows/contracts';
import { splitCallId } from '../../client/family';
import { readLimitAmount } from '../limit-amount';
import { readArguments, readFields, readJson, type Read } from './edit-fields';
import type { DeskAct } from './source';

/** Names of the forms: the last part of where they are sent. */
export const FORM_NAMES = [
  'approve',
  'reject',
  'edit',
  'edit-json',
  'applied',
  'absent',
  'give-up',
  'extend',
  'stop',
  'speak',
  'note',
  'take-over',
  'hand-back',
  'pause',
  'resume',
  'revoke',
] as const;
export type FormName = (typeof FORM_NAMES)[number];

export function isFormName(name: string): name is FormName {
  return (FORM_NAMES as readonly string[]).includes(name);
}

export function readAct(name: FormName, form: URLSearchParams): Read<DeskAct> {
  const actId = form.get('act') ?? '';
  const callId = form.get('of') ?? '';
  switch (name) {
    case 'approve':
      return decision(form, 'approve', {});
    case 'reject': {
      const reason = text(form, 'reason');
      return reason === '' ? bad('Say why: the agent is told.') : decision(form, 'reject', { reason });
    }
    case 'edit':
    case 'edit-json': {
      const args = name === 'edit' ? readFields(form) : readArguments(form.get('args') ?? '');
      return args.ok ? decision(form, 'edit', { args: args.value }) : args;
    }
    case 'applied': {
      const result = readJson(form.get('result') ?? '', 'The result');
      return result.ok ? ok({ kind: 'resolve', actId, callId, as: 'applied', result: result.value }) : result;
    }
    case 'absent':
      return ok({ kind: 'resolve', actId, callId, as: 'absent' });
    case 'give-up':
      return ok({ kind: 'resolve', actId, callId, as: 'give_up' });
    case 'extend':
      return extension(form, actId);
    case 'stop':
    case 'pause':
    case 'resume':
      return ok({ kind: name, actId });
    case 'take-over':
      return ok({ kind: 'take_over', actId });
    case 'hand-back':
      return ok({ kind: 'hand_back', actId });
    case 'speak':
    case 'note': {
      const said = text(form, 'text');
      return said === '' ? bad('Nothing was written.') : ok({ kind: name, actId, text: said });
    }
    case 'revoke':
      return ok({ kind: 'revoke', actId, standing: form.get('standing') ?? '' });
  }
}

type Decided = Omit<Extract<DeskAct, { kind: 'decide' }>, 'kind' | 'actId' | 'callId' | 'decision' | 'argsHash'>;

function decision(form: URLSearchParams, kind: Decision, more: Decided): Read<DeskAct> {
  const standing = kind === 'approve' ? readStanding(form.get('standing') ?? '') : undefined;
  return ok({
    kind: 'decide',
    actId: form.get('act') ?? '',
    callId: form.get('of') ?? '',
    decision: kind,
    argsHash: form.get('hash') ?? '',
    ...more,
    ...(standing === undefined ? {} : { standing }),
  });
}

function readStanding(text: string): StandingScope | undefined {
  if (text === '') return undefined;
  // A number that cannot be read goes on to the session, which refuses it: never taken for "all".
  return text === 'all' ? {} : { upTo: Number(text) };
}

function extension(form: URLSearchParams, actId: string): Read<DeskAct> {
  const { child, callId: bound } = splitCallId(form.get('of') ?? '');
  if (!isLimitName(bound)) return bad('There is no such limit.');
  try {
    const amount = readLimitAmount(bound, text(form, 'amount'));
    return ok({ kind: 'extend', actId, bound, amount, ...(child === undefined ? {} : { child }) });
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error));
  }
}

function text(form: URLSearchParams, name: string): string {
  return (form.get(name) ?? '').replace(/\r\n/g, '\n').trim();
}

function ok(value: DeskAct): Read<DeskAct> {
  return { ok: true, value };
}

function bad(problem: string): Read<DeskAct> {
  return { ok: false, problem };
}
