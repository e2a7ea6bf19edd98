/** People who act on a scripted session, and a door that a model call or a tool waits at. */
import type { InterveneRequest, InterveneResult } from '../../../workflows/contracts/messages';
import type { Refusal } from '../../../workflows/session/mailbox';
import type { Scripted } from './scripted-session';

let acts = 0;

/** Does an act by ada that is answered at once, as the update would: refused where the session refuses it. */
export function act(
  session: Scripted,
  name: InterveneRequest['act'],
  fields: Partial<InterveneRequest> = {},
): InterveneResult | Refusal {
  const answer = begin(session, name, fields);
  if (answer instanceof Promise) throw new Error(`${name} is not answered at once`);
  return answer;
}

/** The same for an act that takes its time. */
export async function slowAct(
  session: Scripted,
  name: InterveneRequest['act'],
  fields: Partial<InterveneRequest> = {},
): Promise<InterveneResult | Refusal> {
  return begin(session, name, fields);
}

function begin(session: Scripted, name: InterveneRequest['act'], fields: Partial<InterveneRequest>) {
  acts += 1;
  const request: InterveneRequest = { actId: `act-${acts}`, act: name, by: 'ada', ...fields };
  return session.interventions.refusal(request) ?? session.interventions.intervene(request);
}

/** Whoever comes waits until it is opened. */
export class Door {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

/** The conversation in one line for each item. */
export function told({ state }: Scripted): readonly string[] {
  return state.items.map((item) => {
    switch (item.kind) {
      case 'user':
        return `user: ${item.text}`;
      case 'assistant':
        return item.calls
          ? `calls: ${item.calls.map(({ id }) => id).join(' ')}`
          : `${item.by ?? 'agent'}: ${item.text ?? ''}`;
      case 'outcome':
        return `outcome: ${item.callId} ${item.outcome.kind}`;
      case 'note':
        return `${item.audience}: ${item.reason}`;
      case 'state':
        return `state: ${item.cause.kind}`;
    }
  });
}
