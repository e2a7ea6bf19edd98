/** Ways in which a service can be told to fail, for tests and for trying things out: the next so many requests of a kind. */
import { z } from 'zod';

/**
 * `refuse`: HTTP 503, nothing was done, which is what the services promise by it. `error`: done, and answered with HTTP 500. `cut`:
 * done, and the connection is cut without an answer.
 */
const FAULTS = ['refuse', 'error', 'cut'] as const;
export type Fault = (typeof FAULTS)[number];

/** Body of `POST /faults`. @param asked the kinds of request that a service tells apart. */
export function faultSchema<Asked extends string>(asked: readonly Asked[]) {
  return z.strictObject({
    asked: z.enum(asked),
    fault: z.enum(FAULTS),
    times: z.int().min(1).max(1000).default(1),
  });
}

export class Faults<Asked extends string> {
  private readonly planned: { readonly asked: Asked; readonly fault: Fault; left: number }[] = [];

  plan(asked: Asked, fault: Fault, times: number): void {
    this.planned.push({ asked, fault, left: times });
  }

  /** The fault that this request is to meet; uses it up. */
  take(asked: Asked): Fault | undefined {
    const plan = this.planned.find((one) => one.asked === asked && one.left > 0);
    if (plan) plan.left -= 1;
    return plan?.fault;
  }
}
