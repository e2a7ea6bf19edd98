/** The benches as they are run, small where the figures do not matter; the history's size is asserted here in full. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const BENCH = join(__dirname, '..', '..', 'dist', 'bench');

/** @returns the line of JSON that a bench ends with. */
function run(name: string, ...args: string[]): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(BENCH, name, 'main.js'), ...args],
      { timeout: 110_000 },
      (error, stdout, stderr) => {
        const line = stdout.split('\n').find((text) => text.startsWith('{'));
        if (error || line === undefined) reject(new Error(`${name} failed: ${stderr}${stdout}`));
        else resolve(JSON.parse(line) as Record<string, unknown>);
      },
    );
  });
}

describe('the benches', () => {
  it('history: 100 steps in one turn with tool results of 2 KB stay below 1 MB', async () => {
    const { bytes, steps, resultBytes } = await run('history');
    expect({ steps, resultBytes }).toEqual({ steps: 100, resultBytes: 2048 });
    expect(bytes).toBeGreaterThan(100 * 2048);
    expect(bytes).toBeLessThan(1024 * 1024);
  }, 120_000);

  it('overhead: measures both sides', async () => {
    const { rows } = await run('overhead', '--steps', '3,5', '--rounds', '1');
    expect(rows).toEqual([
      expect.objectContaining({ steps: 3, ratio: expect.any(Number) as number }),
      expect.objectContaining({ steps: 5, ratio: expect.any(Number) as number }),
    ]);
  }, 120_000);

  it('ledger: measures a call with a row beside one without, on both kinds of ledger', async () => {
    const { perCall } = await run('ledger', '--calls', '20', '--rounds', '0');
    const positive = expect.any(Number) as number;
    expect(perCall).toEqual(
      ['SQLite', 'Postgres'].map(
        (ledger) => expect.objectContaining({ ledger, calls: 20, added: positive }) as unknown,
      ),
    );
  }, 120_000);

  it('continued: measures a turn by tenths, its runs, and their replay beside the floor’s', async () => {
    const { runs, tenths, replay } = await run('continued', '--steps', '20', '--warm-up', '0', '--replays', '1');
    const positive = expect.any(Number) as number;
    expect(runs).toEqual([{ events: positive, bytes: positive }]);
    expect(tenths).toHaveLength(10);
    const time = expect.objectContaining({ events: positive, secondsPer1000Events: positive }) as unknown;
    expect(replay).toEqual({ holdfast: time, floor: time });
  }, 120_000);

  it('idle: measures memory, and the time to wake a session that was forgotten', async () => {
    const { memoryMb, wakeMs } = await run('idle', '--sessions', '20', '--cached', '5', '--wake', '4');
    const positive = expect.any(Number) as number;
    expect(memoryMb).toEqual({ before: positive, peak: positive, after: positive });
    expect(wakeMs).toEqual({
      forgotten: { p50: positive, p95: positive, of: 4 },
      remembered: { p50: positive, p95: positive, of: 2 },
    });
  }, 120_000);

  it('handoff: measures a transfer and a delegation beside a bare child workflow', async () => {
    const { rows } = await run('handoff', '--rounds', '1', '--warm-up', '1');
    const ratio = expect.objectContaining({ ratio: expect.any(Number) as number }) as unknown;
    expect(rows).toEqual([
      expect.objectContaining({ kind: 'transfer', toChild: ratio, whole: ratio }),
      expect.objectContaining({ kind: 'delegation', toChild: ratio, whole: ratio }),
    ]);
  }, 120_000);

  it('resume: both sides finish after a kill inside the tool call, and Holdfast applies no effect under two keys', async () => {
    const { results } = await run('resume', '--sessions', '3', '--rounds', '1');
    expect(results).toEqual([
      expect.objectContaining({ side: 'floor', sessions: 3 }),
      expect.objectContaining({ side: 'holdfast', sessions: 3, distinct: 9 }),
    ]);
  }, 120_000);
});
