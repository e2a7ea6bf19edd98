import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Execution } from '../../../cli/workload/journal';
import { startJournal, type Journal } from '../../../cli/workload/journal';
import { journalRows, openExecutions, recordExecution } from '../../../cli/workload/journal-client';

const execution: Execution = {
  key: 'ns/t1.s1.c1-00000000',
  task: 'shop-0',
  call: 0,
  tool: 'cancel_order',
  args: { order_id: '#W1' },
  mutates: true,
  attempt: 1,
  worker: 42,
};

describe('the journal', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'journal-')), 'journal.jsonl');
  let journal: Journal;
  beforeAll(async () => {
    journal = await startJournal({ file, latencyMs: 0 });
  });
  afterAll(() => journal.close());

  it('applies a key once, and appends a row for each execution', async () => {
    expect(await recordExecution(journal.url, execution, fetch)).toBe('applied');
    expect(await recordExecution(journal.url, { ...execution, attempt: 2 }, fetch)).toBe('deduped');
    expect(await recordExecution(journal.url, { ...execution, key: 'ns/other' }, fetch)).toBe('applied');
    const rows = await journalRows(journal.url);
    expect(rows.map(({ seq, decision, attempt }) => ({ seq, decision, attempt }))).toEqual([
      { seq: 0, decision: 'applied', attempt: 1 },
      { seq: 1, decision: 'deduped', attempt: 2 },
      { seq: 2, decision: 'applied', attempt: 1 },
    ]);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(rows);
  });

  it('refuses what is no execution, and writes nothing', async () => {
    const before = journal.rows.length;
    await expect(recordExecution(journal.url, { ...execution, call: -1 }, fetch)).rejects.toThrow(
      /refused the execution \(400\)/,
    );
    expect(journal.rows).toHaveLength(before);
  });

  it('has applied an execution before it answers it, and counts it as open until then', async () => {
    const slow = await startJournal({ latencyMs: 60_000 });
    const aborted = new AbortController();
    const lost = recordExecution(slow.url, execution, (url, init) =>
      fetch(url, { ...init, signal: aborted.signal }),
    ).catch((error: Error) => error.name);
    while ((await openExecutions(slow.url)) === 0) await new Promise(setImmediate);
    expect(slow.rows).toHaveLength(1);
    aborted.abort();
    expect(await lost).toBe('AbortError');
    await slow.close();
  });
});
