/** Where the calendar is: `RECEPTIONIST_CALENDAR`, else a file in the user's data folder. */
import path from 'node:path';
import { dataDir } from '../../worker/data-dir';

/** @returns an absolute path. */
export function calendarFile(env: NodeJS.ProcessEnv = process.env): string {
  if (env.RECEPTIONIST_CALENDAR) return path.resolve(env.RECEPTIONIST_CALENDAR);
  return path.join(dataDir(env), 'receptionist', 'calendar.sqlite');
}
