/** Acts on a session as a whole that its children have a part in: they hold still while it does, and whoever has the user is told what people said. Plain code. */
import type { InterveneRequest } from '../contracts/messages';
import { activeRecord, openRecords, type ChildRecord } from './children';
import type { Family, FamilyListener } from './family';
import { isHeld } from './hold-gate';

/** Of what people say while a child is not there. */
const MAX_UNTOLD = 20;

/** Longest part of what a person said, or was told, that a child is told of, UTF-16 units. */
const MAX_HEARD = 8_000;

function heardWords(heard: readonly string[], by: string, said: string): string {
  const cut = (text: string) => text.slice(0, MAX_HEARD).replace(/\p{Surrogate}$/u, '');
  return `While ${by} had this conversation, the user wrote: ${cut(heard.map((text) => JSON.stringify(text)).join(', '))}. ${by} answered, as the agent: ${cut(said)}`;
}

export class TellingChildren implements Pick<FamilyListener, 'began'> {
  constructor(private readonly family: Family) {}

  /**
   * An act on the session as a whole was done: children that have a part in it are told.
   * @param heard what the user had written, where the act answered it in place of the agent.
   */
  done(request: InterveneRequest, heard: readonly string[]): void {
    const { act, actId, by = '', text = '' } = request;
    if (act === 'pause' || act === 'resume' || act === 'take_over' || act === 'hand_back') this.holdAll(request);
    const active = activeRecord(this.family.state.family);
    if ((act !== 'note' && act !== 'speak') || !active) return;
    // Whoever has the user is to know of it.
    const said: InterveneRequest =
      heard.length === 0 ? request : { actId, act: 'note', by, text: heardWords(heard, by, text) };
    this.tell(active.child, `told:${actId}`, said);
  }

  began(child: string): void {
    const record = this.family.get(child);
    const { paused, person } = this.family.state;
    const hold = paused ?? person;
    if (hold && !record.held) this.hold(record, { actId: `began.${record.begun}`, act: 'pause', by: hold.by });
    if (!hold && record.held) this.hold(record, { actId: `began.${record.begun}`, act: 'resume', by: 'its parent' });
    this.tellUntold(child);
  }

  /** Children hold still while the session does. */
  private holdAll({ actId, by = 'its parent', reason }: InterveneRequest): void {
    const { state } = this.family;
    const holds = isHeld(state);
    for (const record of openRecords(state.family)) {
      if ((record.held === true) === holds || !this.family.runsNow(record.child)) continue;
      this.hold(record, { actId, act: holds ? 'pause' : 'resume', by, ...(reason === undefined ? {} : { reason }) });
    }
  }

  private hold(record: ChildRecord, request: InterveneRequest): void {
    const { held: _, ...rest } = record;
    this.family.change(request.act === 'pause' ? { ...rest, held: true } : rest);
    this.tell(record.child, `hold:${request.actId}`, { ...request, actId: `hold.${request.actId}`.slice(0, 200) });
  }

  private tell(child: string, relayId: string, payload: InterveneRequest): void {
    const { family } = this;
    const isTold = family.runsNow(child)
      ? family.tell(child, { relayId, act: 'intervene', payload })
      : Promise.resolve(false);
    family.deps.background(isTold.then((told) => (told ? undefined : this.keep(child, payload))));
  }

  /** What somebody said while the child was on its way back is told when it is begun again. How it is to hold is looked at anew then. */
  private keep(child: string, payload: InterveneRequest): void {
    const record = this.family.find(child);
    if (!record || record.phase === 'closed' || payload.act === 'pause' || payload.act === 'resume') return;
    this.family.change({ ...record, untold: [...(record.untold ?? []), payload].slice(-MAX_UNTOLD) });
    if (this.family.runsNow(child)) this.tellUntold(child);
  }

  private tellUntold(child: string): void {
    const { untold = [], ...rest } = this.family.get(child);
    if (untold.length === 0) return;
    this.family.change(rest);
    for (const payload of untold) this.tell(child, `told:${payload.actId}`, payload);
  }
}
