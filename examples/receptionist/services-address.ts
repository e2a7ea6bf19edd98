/**
 * Where the payment service and the text gateway are: `RECEPTIONIST_SERVICES_URL`. Where that is not set, stand-ins for both are
 * started in this process, with their journal beside the calendar.
 */
import path from 'node:path';
import { startServices } from './services/server';

/** @returns the address, without a slash at its end. @param say told once that stand-ins are used. */
export async function servicesAddress(
  calendarFile: string,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  if (env.RECEPTIONIST_SERVICES_URL) return env.RECEPTIONIST_SERVICES_URL.replace(/\/+$/, '');
  const file = path.join(path.dirname(calendarFile), 'services.jsonl');
  const { url } = await startServices({ file, background: true });
  say(
    `receptionist: RECEPTIONIST_SERVICES_URL is not set, so stand-ins in this process, at ${url}, take payments and text messages; what they did is in ${file}`,
  );
  return url;
}
