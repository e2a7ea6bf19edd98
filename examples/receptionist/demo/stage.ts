/** What the demo needs around the session: the clinic's calendar and services beside what every demo needs. */
import path from 'node:path';
import type { Cleanup } from '../../demo/cleanup';
import { demoFolder, setDemoStage, type DemoStage } from '../../demo/stage';
import { openCalendar } from '../calendar';
import { startServices, type Services } from '../services/server';

export interface Stage extends DemoStage {
  readonly calendarFile: string;
  /** Payments and text messages, in this process, which nobody kills. */
  readonly services: Services;
}

export async function setStage(live: boolean, cleanup: Cleanup): Promise<Stage> {
  const folder = demoFolder(cleanup);
  const calendarFile = path.join(folder, 'calendar.sqlite');
  openCalendar(calendarFile).close();
  const services = await startServices({ file: path.join(folder, 'services.jsonl') });
  cleanup.add('payments and text messages', () => services.close());
  const stage = await setDemoStage(folder, {
    ...{ name: 'receptionist', live, cleanup },
    scriptModule: path.join(__dirname, '..', 'script.js'),
    env: { RECEPTIONIST_CALENDAR: calendarFile, RECEPTIONIST_SERVICES_URL: services.url },
  });
  return { ...stage, calendarFile, services };
}
