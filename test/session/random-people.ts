/**
 * People at random, as fast-check makes them: what each of them does is chosen when its moment comes, from what the session then shows, so that most acts
 * mean something; some repeat an earlier one, some are nonsense. Sent as bare updates and signals, as any client may.
 */
import fc from 'fast-check';
import type { PendingItem, SessionStatus } from '../../client';
import type { DecideRequest, InterveneRequest, ResolveRequest, SendRequest } from '../../workflows/contracts';

/** What is drawn of an act before anybody knows what there is to act on. */
export interface Draw {
  readonly what: (typeof WHAT)[number];
  readonly by: (typeof PEOPLE)[number];
  /** Chooses among what there is; and all else that an act may say. */
  readonly pick: number;
  readonly how: number;
  /** True: as the signal, where there is one. */
  readonly signal: boolean;
  /** True: the next one does not wait for it. */
  readonly rash: boolean;
}

/** `customer` is the session's user, who may not decide. */
const PEOPLE = ['ada', 'bob', 'cleo', 'Customer '] as const;
export const USER = 'customer';

const WHAT = [
  'send',
  'approve',
  'reject',
  'edit',
  'stale',
  'stranger',
  'resolve',
  'pause',
  'resume',
  'note',
  'speak',
  'take_over',
  'hand_back',
  'stop',
  'undo',
  'extend',
  'cancel_call',
  'replace_outcome',
  'revoke',
  'repeat',
  'nonsense',
] as const;

/** What moves a session on comes more often than what holds it. */
const WEIGHTS: Partial<Record<Draw['what'], number>> = {
  send: 8,
  approve: 24,
  reject: 2,
  edit: 6,
  resume: 6,
  hand_back: 6,
  resolve: 4,
  stop: 1,
  pause: 2,
  take_over: 1,
  extend: 4,
};

export const drawn: fc.Arbitrary<Draw> = fc.record({
  what: fc.oneof(...WHAT.map((what) => ({ weight: WEIGHTS[what] ?? 2, arbitrary: fc.constant(what) }))),
  by: fc.constantFrom(...PEOPLE),
  pick: fc.nat(1_000),
  how: fc.nat(1_000),
  signal: fc.boolean(),
  rash: fc.boolean(),
});

/** What is sent: an update, or the signal where that is `intervention`. */
export type Sent =
  | { readonly kind: 'update'; readonly name: 'send'; readonly request: SendRequest }
  | { readonly kind: 'update'; readonly name: 'decide'; readonly request: DecideRequest }
  | { readonly kind: 'update'; readonly name: 'resolve'; readonly request: ResolveRequest }
  | { readonly kind: 'update'; readonly name: 'intervene'; readonly request: InterveneRequest }
  | { readonly kind: 'signal'; readonly request: unknown }
  /** Nobody could read it. */
  | { readonly kind: 'nonsense'; readonly name: string; readonly request: unknown };

/** What can be acted on at a moment. */
export interface Sight {
  readonly status: Pick<SessionStatus, 'recent' | 'standing'>;
  readonly pending: readonly PendingItem[];
  /** What was sent before. */
  readonly sent: readonly Sent[];
  /** A new id. */
  readonly id: string;
}

const NOWHERE = 't99.s9.c9-00000000';
const NO_HASH = '0'.repeat(64);

/** @returns what this person sends; undefined where there is nothing of the kind to act on. */
export function actOf(draw: Draw, { status, pending, sent, id }: Sight): Sent | undefined {
  const { by, pick, how } = draw;
  const from = <T>(some: readonly T[]): T | undefined => some[pick % Math.max(1, some.length)];
  const reason = how % 3 === 0 ? 'a reason' : undefined;
  const asked = from(pending.filter(({ approval }) => approval))?.approval;
  const decide = (more: Partial<DecideRequest>): Sent | undefined =>
    asked && {
      kind: 'update',
      name: 'decide',
      request: {
        actId: id,
        callId: asked.callId,
        decision: 'approve',
        argsHash: asked.argsHash,
        by,
        ...(reason ? { reason } : {}),
        ...more,
      },
    };
  const intervene = (request: Omit<InterveneRequest, 'actId'>): Sent => {
    const whole = { actId: id, ...request, ...(reason ? { reason } : {}) };
    return draw.signal ? { kind: 'signal', request: whole } : { kind: 'update', name: 'intervene', request: whole };
  };
  const standing = how % 6 === 0 ? { standing: how % 12 === 0 ? {} : { upTo: how % 50 } } : {};
  const call = from(status.recent.filter(({ kind }) => kind === 'tool'))?.id ?? NOWHERE;
  switch (draw.what) {
    case 'send':
      return { kind: 'update', name: 'send', request: { messageId: id, text: messageOf(id, how) } };
    case 'approve':
      return decide(standing);
    case 'reject':
      return decide({ decision: 'reject' });
    case 'edit':
      return decide({ decision: 'edit', args: editOf(asked?.args.name, how), ...standing });
    case 'stale':
      return decide({ argsHash: NO_HASH });
    case 'stranger':
      return decide({ callId: how % 2 === 0 ? NOWHERE : call });
    case 'resolve': {
      const callId = from(pending.filter((item) => item.call))?.id ?? call;
      const as = (['absent', 'applied', 'give_up'] as const)[how % 3] ?? 'absent';
      const request = { actId: id, callId, as, by, ...(as === 'applied' ? { result: { paid: 'by hand' } } : {}) };
      return { kind: 'update', name: 'resolve', request };
    }
    case 'pause':
    case 'resume':
    case 'take_over':
    case 'hand_back':
      return intervene({ act: draw.what, by });
    case 'note':
    case 'speak':
      return intervene({ act: draw.what, by, text: `${draw.what} ${id}` });
    case 'stop':
      return intervene({ act: 'stop', by, ...(how % 2 === 0 ? {} : { onStop: 'compensate' }) });
    case 'undo':
      return intervene({ act: 'undo', callId: call });
    case 'extend':
      return intervene({ act: 'extend', bound: 'turn.steps', amount: 1 + (how % 5) });
    case 'cancel_call':
      return intervene({ act: 'cancel_call', callId: call, by });
    case 'replace_outcome':
      return intervene({ act: 'replace_outcome', callId: call, by, result: { paid: 'by a person' } });
    case 'revoke':
      return intervene({ act: 'revoke', standing: from(status.standing ?? [])?.actId ?? id, by });
    case 'repeat':
      return from(sent);
    case 'nonsense':
      return from(NONSENSE);
  }
}

/** What has `item` wait for nobody any more, so that a session comes to rest. */
export function settling({ kind, id: callId, approval }: PendingItem, actId: string): Sent {
  const common = { by: 'dora', actId };
  switch (kind) {
    case 'approval': {
      const argsHash = approval?.argsHash ?? '';
      return { kind: 'update', name: 'decide', request: { ...common, callId, argsHash, decision: 'reject' } };
    }
    case 'unresolved':
      return { kind: 'update', name: 'resolve', request: { ...common, callId, as: 'give_up' } };
    case 'paused':
      return { kind: 'update', name: 'intervene', request: { ...common, act: 'resume' } };
    case 'with_person':
      return { kind: 'update', name: 'intervene', request: { ...common, act: 'hand_back' } };
    case 'limit':
      return { kind: 'update', name: 'intervene', request: { ...common, act: 'stop' } };
  }
}

/** Calls of every kind, some of them shaky (a name with `x`). */
function messageOf(id: string, how: number): string {
  const calls = ['pay', 'pay_two', 'pay', 'pay_soon', 'pay_or_not', 'pay_now', 'look'] as const;
  const some = Array.from({ length: 1 + (how % 4) }, (_, index) => {
    const tool = calls[(how + index * 3) % calls.length];
    return `${tool} ${how % 5 === index ? 'x' : 'n'}-${id}-${index}:${(how * (index + 1)) % 100}`;
  });
  return some.join(', ');
}

function editOf(name: unknown, how: number): DecideRequest['args'] {
  // Every fourth does not pass the tool's schema.
  return how % 4 === 0 ? { name: 7, cents: 'many' } : { name: String(name), cents: how % 90 };
}

const NONSENSE: readonly Sent[] = [
  { kind: 'nonsense', name: 'decide', request: { actId: 'x', callId: NOWHERE, decision: 'maybe', by: 'ada' } },
  { kind: 'nonsense', name: 'decide', request: 7 },
  { kind: 'nonsense', name: 'intervene', request: { actId: 'x', act: 'pause' } },
  { kind: 'nonsense', name: 'intervene', request: { actId: 'x', act: 'explode', by: 'ada' } },
  { kind: 'nonsense', name: 'resolve', request: { actId: 'x' } },
  { kind: 'nonsense', name: 'send', request: { text: 'no id' } },
  { kind: 'signal', request: { actId: 'x', act: 'note', by: 'ada', text: '' } },
  { kind: 'signal', request: 'pause' },
  { kind: 'signal', request: { actId: 'x\u0007', act: 'speak', by: 'a\u001b[2Jb', text: 'hi' } },
];
