/**
 * What `holdfast dev` and `holdfast worker` run: `holdfast worker dist/examples/receptionist/worker.js`. Opening the calendar
 * here, before anything is polled, makes sure that its tables are there when the first tool writes to them.
 */
import type { Agent } from '../../agents';
import { startScriptedOpenAI } from '../../testing';
import { receptionist } from './agent';
import { openCalendar } from './calendar';
import { calendarFile } from './calendar-file';
import { CALENDAR_LEDGER } from './calendar-ledger';
import { script } from './script';
import { servicesAddress } from './services-address';

/** A person reads along: an answer that is there at once looks as if nobody had been asked. */
const THINKING_MS = 150;

const calendar = openCalendar(calendarFile());

export const agents: Promise<readonly Agent[]> = open();

/** The calendar's own file is where its ledger lives. */
export const ledgers = { [CALENDAR_LEDGER.name]: calendar.file };

async function open(): Promise<readonly Agent[]> {
  await withModel();
  const services = await servicesAddress(calendar.file, say);
  return [receptionist(calendar, services, process.env.RECEPTIONIST_MODEL || undefined)];
}

/** Without a key nobody could be asked: a scripted model takes the provider's place, and says so to whoever talks to it. */
async function withModel(): Promise<void> {
  if (process.env.OPENAI_API_KEY) return;
  const model = await startScriptedOpenAI({ script, latencyMs: THINKING_MS, background: true });
  process.env.OPENAI_BASE_URL = model.url;
  process.env.OPENAI_API_KEY = 'scripted';
  say(
    'receptionist: OPENAI_API_KEY is not set, so a scripted model answers; tokens and costs are what the real one would have taken',
  );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
