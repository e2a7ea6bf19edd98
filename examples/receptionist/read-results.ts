/** How the scripted model reads what the tools told it, so that what it says to the user is what happened, not what was hoped for. */
import { lastResult, type ScriptedRequest } from '../../testing';
import { money } from './words';

type Fields = Readonly<Record<string, unknown>>;

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

/** The number of the appointment that was booked last in this conversation; 0, which no appointment has, where there is none. */
export function bookedAppointmentId(request: ScriptedRequest): number {
  const booked = request.history.findLast((result) => {
    const { json } = result;
    return result.tool === 'book_appointment' && typeof json === 'object' && json !== null && 'appointment_id' in json;
  });
  return (booked?.json as { appointment_id: number } | undefined)?.appointment_id ?? 0;
}

/** The amount of a deposit as people say it; empty where there is none. */
export function paid(deposit: Fields | undefined): string {
  const amount = deposit?.amount;
  return typeof amount === 'number' ? money(amount, text(deposit, 'currency')) : '';
}

interface NamedSlot {
  readonly slot_id: string;
  readonly when: string;
  readonly with: string;
}

/** The free slots the last look-up found. */
export function freeSlots(request: ScriptedRequest): readonly NamedSlot[] {
  const slots = fieldsOf(request, 'list_free_slots', 'slots')?.slots;
  return Array.isArray(slots) ? (slots as NamedSlot[]) : [];
}

/** What to say where a tool did not do what was asked: its own words. */
export function apology(request: ScriptedRequest, tool: string): string {
  const result = lastResult(request, tool);
  const message = (result?.json as { message?: unknown } | undefined)?.message;
  return `I am sorry, that did not work. ${typeof message === 'string' ? message : (result?.text ?? 'The calendar gave no answer.')}`;
}
