/** Who uses the command, for the record of an act. */
import { userInfo } from 'node:os';

/** Undefined for a user without a name in the system's list, as in some containers. */
export function whoAmI(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}
