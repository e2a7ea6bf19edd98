/** What a person is shown of the calls that wait. */
import { A, charge, DOUBT, finish, inDoubt, ROW } from './in-doubt';
import { startScripted } from './scripted-session';

describe('the page of current details', () => {
  it('shows what waits, with the exact words that decide on it', async () => {
    const session = inDoubt([A]);
    await session.send('m1');
    const page = session.page();
    expect(page).toContain('**waiting_for_human**: a person must say whether charge\\(\\) happened');
    expect(page).toContain(`\`{"actId": "new-id", "callId": "${A}", "as": "applied", "result": {}}\``);
    expect(page).toContain(`\`holdfast resolve session-1 ${A} --absent\``);
    expect(page).toContain(`\`holdfast resolve session-1 ${A} --give-up\``);
    expect(page).toContain(`**Did this happen?** charge, call \`${A}\`, with these arguments:\n\n\`\`\`\n`);
    expect(page).toContain('claimed once, failed once');
    expect(page).toContain('| unresolved, attempt 2: the worker died in the middle |');
    await finish(session);
  });

  it('makes arguments, messages and names of others inert', async () => {
    const evil = '[click](http://evil) <img src=x> `code` | a |\n# heading';
    const session = startScripted(
      [
        { kind: 'calls', calls: [{ ...charge(A), summary: evil, args: { note: `${evil}${'x'.repeat(5_000)}` } }] },
        { kind: 'answer', text: 'done' },
      ],
      {
        tool: () => ({
          ...DOUBT,
          outcome: { kind: 'unknown', message: evil },
          unresolved: { ...ROW, lastError: evil, businessKey: evil, idempotencyKey: evil },
        }),
      },
    );
    await session.send('m1');
    const page = session.page();
    // In the block of code nothing is rendered, and nothing in it ends it.
    const [before = '', block = '', after = ''] = page.split(/^```$/m);
    expect(page.split('```')).toHaveLength(3);
    expect(block).toContain('"note": "[click](http://evil) <img src=x> \\u0060code');
    expect(`${before}${after}`).not.toMatch(/<img|[^\\]\[click|http:|\n#|[^\\]`code/);
    expect(page.length).toBeLessThan(6_000);
    await finish(session);
  });
});
