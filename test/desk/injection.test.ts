/** Words of models, tools and users on the desk's pages (threats T03 and T23): shown, never obeyed. */
import type { JsonObject } from '../../workflows/contracts';
import { Clinic, START } from './clinic';
import { Front } from './front';

const MARKUP = '<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a>';
const BIDI = 'pay \u202e001\u202c to \u200bIBAN\u0000 \u001b[2J';

async function pageWith(
  args: JsonObject,
  more: { readonly text?: string; readonly reason?: string } = {},
): Promise<string> {
  const clinic = new Clinic();
  const { text = MARKUP, reason = MARKUP } = more;
  clinic.open('s1', { agent: 'receptionist', user: MARKUP, reason: text }, [
    { kind: 'user', turn: 1, messageId: 'm1', text },
    {
      kind: 'assistant',
      turn: 1,
      step: 1,
      agent: 'receptionist',
      text,
      calls: [{ id: 'c1', tool: 'take_deposit', arguments: text }],
    },
    { kind: 'outcome', turn: 1, step: 1, callId: 'c0', tool: 'look_up', outcome: { kind: 'succeeded', result: text } },
    { kind: 'note', turn: 1, audience: 'record', reason: 'x', text, by: text.slice(0, 200).trim() },
  ]);
  clinic.ask('s1', 'c1', args, { terms: { reason } });
  clinic.set('s1', { person: { by: text.slice(0, 200).trim(), since: START, reason: text } });
  return new Front(clinic).page('/sessions/s1');
}

it('shows markup as text, wherever it comes from', async () => {
  const page = await pageWith({ to: MARKUP, deep: { [MARKUP]: [MARKUP] } });
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toMatch(/<img|href="javascript/);
  // What stands between quotes is a value.
  expect(page.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*onerror/);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

it('shows what would turn a line around, hide in it or end it', async () => {
  const page = await pageWith({ to: BIDI }, { text: BIDI, reason: BIDI });
  expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u0000\u001b]/);
  expect(page).toContain('pay \\u202e001\\u202c to \\u200bIBAN\\x00 \\x1b[2J');
});

it('edits text in which something would not be seen as JSON, so that nothing in it is lost', async () => {
  const clinic = new Clinic();
  clinic.open('s1');
  clinic.ask('s1', 'c1', { to: BIDI, plain: 'two\nlines' });
  const front = new Front(clinic);
  const page = await front.page('/sessions/s1');
  const [, shown = ''] = /name="arg\.json\.to"[^>]*>\n([^<]*)</.exec(page) ?? [];
  expect(shown).toContain('\\u202e');
  const typed = { 'arg.json.to': shown.replaceAll('&quot;', '"'), 'arg.text.plain': 'two\r\nlines' };
  await front.fillIn('/sessions/s1', '/sessions/s1/edit', typed);
  expect(clinic.done[0]?.act).toMatchObject({ args: { to: BIDI, plain: 'two\nlines' } });
});

it('puts what would run before all words of others, and folds what is long', async () => {
  const flood = `harmless${'\n'.repeat(10_000)}`;
  const page = await pageWith({ note: flood, amount: 9_999 }, { text: flood, reason: flood });
  const at = (text: string) => page.indexOf(text);
  expect(at('take deposit</h')).toBeLessThan(at('9999'));
  for (const words of ['Why a person is asked', 'What the agent said with it', 'Conversation</h2>'])
    expect(at('9999')).toBeLessThan(at(words));
  expect(page).toContain('[9999 empty lines]');
  // A field to edit it in has all of it, and a height of its own.
  expect(page.replace(/<textarea[\s\S]*?<\/textarea>/g, '')).not.toContain('\n'.repeat(20));
});

it('says how much is folded, and leaves nothing out', async () => {
  const long = `start ${'x'.repeat(5_000)} end`;
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field_${index}`, index]));
  const page = await pageWith({ long, many });
  expect(page).toContain('Show all 5,010 characters');
  expect(page).toContain('x end</div>');
  expect(page).toContain('Show the other 60 fields');
  expect(page).toContain('field 99');
});

it('counts long runs of blanks, which would look like another line, and tells names apart that read the same', async () => {
  const clinic = new Clinic();
  clinic.open('s1');
  clinic.ask('s1', 'c1', { note: `x${' '.repeat(300)}y`, payTo: 'ada', pay_to: 'mallory', amount: 1 });
  const page = await new Front(clinic).page('/sessions/s1');
  expect(page).toContain('x&lt;300 blanks&gt;y');
  expect(page).toMatch(/>payTo<.*ada[^]*>pay_to<.*mallory[^]*>amount</);
});

it('does not let an address put words on a page', async () => {
  const clinic = new Clinic();
  clinic.open('s1');
  const front = new Front(clinic);
  const words = 'Your account is locked, call 555';
  const query = encodeURIComponent(words);
  for (const path of [`/sessions/s1?done=${query}`, `/sessions/s1?done=__proto__`, `/sign-in?next=${query}`])
    expect(await (await front.get(path)).text()).not.toContain(words);
});

it.each([
  ['a value that is no number', { 'arg.number.amount': '0x10' }, 'amount must be a number'],
  ['a number that cannot be kept', { 'arg.number.amount': '12345678901234567890' }, 'amount must be a number'],
  ['an infinite one', { 'arg.number.amount': '1e400' }, 'amount must be a number'],
  ['JSON that is none', { 'arg.json.list': '[1,' }, 'list must be JSON'],
  ['a lost number in JSON', { 'arg.json.list': '[12345678901234567890]' }, 'cannot be kept exactly'],
])('refuses an edit with %s', async (_what, typed, sentence) => {
  const clinic = new Clinic();
  clinic.open('s1');
  clinic.ask('s1', 'c1', { amount: 1, list: [1] });
  const answer = await new Front(clinic).fillIn('/sessions/s1', '/sessions/s1/edit', typed);
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(sentence)]);
  expect(clinic.done).toEqual([]);
});
