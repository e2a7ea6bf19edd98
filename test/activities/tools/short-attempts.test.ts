/** `reconcilable` tools whose attempts are short beside what their destination needs to be sure. */
import { setTimeout as sleep } from 'node:timers/promises';
import { callKey, died, policy, stage } from './charging';

it('a call that was cut off and did not happen is run in the end', async () => {
  const settleWithinMs = 1_000;
  const { tool, call, destination, ledger } = await stage(undefined, settleWithinMs);
  await died(ledger);
  const short = { ...policy, startToCloseMs: 1_200 };
  const thrown: unknown[] = [];
  for (let attempt = 2; attempt <= 6; attempt += 1) {
    const end = await call(tool, { policy: short, info: { attempt, startToCloseTimeoutMs: 3_200 } });
    if (!('thrown' in end)) {
      expect(end).toMatchObject({ outcome: { kind: 'succeeded', result: { id: callKey } } });
      break;
    }
    thrown.push(end.thrown);
    await sleep(end.delayMs ?? 0);
  }
  // The first looked at once and gave way for as long as an earlier attempt may still be under way; the next one looked twice and ran it.
  expect(thrown).toEqual(['ToolFailed']);
  expect(destination).toMatchObject({ applied: [callKey], asked: [callKey, callKey, callKey] });
});
