/** Loaded before a worker (`--require`): its wall clock is off by TEST_CLOCK_OFF_MS. The monotonic clock is as it is. */
const offMs = Number(process.env.TEST_CLOCK_OFF_MS ?? 0);
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...args: readonly unknown[]) {
    if (args.length === 0) super(RealDate.now() + offMs);
    else super(...(args as [number]));
  }

  static override now(): number {
    return RealDate.now() + offMs;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;

export {};
