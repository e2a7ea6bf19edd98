/** The desk as people use it: in a real browser, with keys alone, on a phone, and two at once. */
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { serveDesk, type RunningDesk } from '../../cli/desk/serve';
import { readDeskSettings } from '../../cli/desk/settings';
import { describeInBrowser, launchBrowser, PAGE_PATIENCE_MS } from '../web-ui/browser';
import { Clinic } from './clinic';
import { openSample } from './sample';

const EVIL =
  '<script>document.title="evil"</script><img src="http://evil.example/x.png"><a href="http://evil.example">click</a> [click](http://evil.example) \u202egnp.exe';

/** Set to a folder, pictures of the pages are left there: those of the documentation are made so. */
const PICTURES = process.env.HOLDFAST_SCREENSHOTS;

describeInBrowser('the desk', () => {
  let browser: Browser;
  let clinic: Clinic;
  let desk: RunningDesk;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    clinic = new Clinic();
    openSample(clinic);
    desk = await serveDesk(readDeskSettings({ port: '0' }, {}, 'ada'), clinic, { everyMs: 50, mostPages: 20 });
  });

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    await desk.stop();
  });

  async function open(path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(PAGE_PATIENCE_MS);
    await page.goto(`${desk.url}${path}`);
    return page;
  }

  /** With the connection that keeps it up to date. */
  async function live(page: Page): Promise<void> {
    await page.locator('#live[data-state=on]').waitFor();
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES) await page.screenshot({ path: join(PICTURES, `desk-${name}.png`) });
  }

  const deposit = '/sessions/receptionist-4711';
  const acts = () => clinic.done.map(({ act, by }) => ({ ...act, by }));

  it('leads from the list to a call, and runs it as it was edited', async () => {
    const page = await open();
    await live(page);
    await picture(page, 'list');
    await page.getByRole('link', { name: /take deposit/ }).click();
    await live(page);
    await picture(page, 'session');
    await page.getByText('Edit…').click();
    await page.getByLabel('amount', { exact: true }).fill('60');
    await picture(page, 'edit');
    await page.getByRole('button', { name: 'Approve take deposit with these arguments' }).first().click();
    await page.getByText('Approved with your arguments.').waitFor();
    expect(acts()).toEqual([
      expect.objectContaining({
        by: 'ada',
        decision: 'edit',
        args: {
          patient: 'Maria Keller',
          amount: 60,
          currency: 'EUR',
          card: { ending: '4242', holder: 'M KELLER' },
          reason: 'Deposit, Tue 19 May 2026 09:00',
        },
      }),
    ]);
  });

  it('rejects with a reason, which it demands', async () => {
    const page = await open(deposit);
    await page.getByText('Reject…').click();
    await page.getByRole('button', { name: 'Reject take deposit' }).click();
    expect(acts()).toEqual([]);
    await page.getByLabel('Why? The agent is told.').fill('She asked for an invoice.');
    await page.getByRole('button', { name: 'Reject take deposit' }).click();
    await page.getByText('Rejected. The agent is told why.').waitFor();
    expect(acts()).toEqual([expect.objectContaining({ decision: 'reject', reason: 'She asked for an invoice.' })]);
  });

  it('shows in one browser what is done in another, without a reload', async () => {
    const [one, list, session] = [await open(deposit), await open('/'), await open(deposit)];
    await Promise.all([live(one), live(list), live(session)]);
    await one.getByRole('button', { name: 'Approve', exact: true }).click();
    await session.getByText('Nothing waits for a decision here.').waitFor();
    await list.getByRole('link', { name: /take deposit/ }).waitFor({ state: 'detached' });
    clinic.say('receptionist-4711', { kind: 'user', turn: 3, messageId: 'm3', text: 'Thank you!' });
    await session.getByText('Thank you!').waitFor();
    clinic.ask('receptionist-4702', 't1.s1.c1', { to: 'x' }, { tool: 'send_letter' });
    await list.getByRole('link', { name: /send letter/ }).waitFor();
    await list.locator('#announce', { hasText: '2 items wait' }).waitFor();
  });

  it('keeps what is being typed where the call changes meanwhile, and lets nobody send it', async () => {
    const page = await open(deposit);
    await live(page);
    await page.getByText('Edit…').click();
    await page.getByLabel('amount', { exact: true }).fill('77');
    clinic.change('receptionist-4711', 't2.s3.c1', { patient: 'Maria Keller', amount: 5_000 });
    await page.getByText('This changed meanwhile.').waitFor();
    expect(await page.getByLabel('amount', { exact: true }).inputValue()).toBe('77');
    expect(await page.getByRole('button', { name: 'Approve', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'Show what waits now' }).click();
    await page.getByText('5000').first().waitFor();
    expect(acts()).toEqual([]);
  });

  it('does not take a press that was meant for what stood there a moment ago', async () => {
    const page = await open(deposit);
    await live(page);
    clinic.change('receptionist-4711', 't2.s3.c1', { patient: 'Maria Keller', amount: 5_000 });
    await page.locator('.args', { hasText: '5000' }).waitFor();
    await page.evaluate(`document.querySelector('[data-key=a]').click()`);
    await page.locator('#announce', { hasText: 'Look again before you decide.' }).waitFor();
    expect(acts()).toEqual([]);
  });

  it('works without script, and never approves other arguments than were shown', async () => {
    const page = await open(deposit, { javaScriptEnabled: false });
    clinic.change('receptionist-4711', 't2.s3.c1', { patient: 'Maria Keller', amount: 5_000 });
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('This changed meanwhile, so nothing was decided.').waitFor();
    expect(acts()).toEqual([]);
    await picture(page, 'changed');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('Approved.').waitFor();
    expect(acts()).toEqual([expect.objectContaining({ decision: 'approve' })]);
    await page.getByLabel('Speak to the user').fill('It is all set.');
    await page.getByRole('button', { name: 'Say this to the user' }).click();
    await page.getByText('It is all set.').waitFor();
  });

  it('is used with keys alone: each decision is confirmed', async () => {
    const page = await open();
    await live(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await page.evaluate(`document.activeElement.className`)).toBe('entry');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sessions\//);
    await live(page);
    await page.keyboard.press('r');
    await page.keyboard.type('no, a e r j k');
    await page.keyboard.press('Escape');
    expect(acts()).toEqual([]);
    await page.keyboard.press('a');
    expect(acts()).toEqual([]);
    expect(await page.evaluate(`document.activeElement.textContent`)).toBe('Approve');
    await page.keyboard.press('Enter');
    await page.locator('.news.done').waitFor();
    expect(acts()).toHaveLength(1);
  });

  it('lets a keyboard reach everything in order, with a way past the head', async () => {
    const page = await open(deposit);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(`document.activeElement.textContent`)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(`document.activeElement.id`)).toBe('main');
    const unnamed = await page.evaluate(
      `[...document.querySelectorAll('input:not([type=hidden]), textarea, select')].filter((each) => each.labels.length === 0).map((each) => each.name)`,
    );
    expect(unnamed).toEqual([]);
  });

  it('fits a phone, and is dark where the phone is', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
    const page = await open('/', phone);
    const wide = async () => page.evaluate<number>(`document.documentElement.scrollWidth`);
    expect(await wide()).toBeLessThanOrEqual(390);
    await picture(page, 'phone-list');
    await page.getByRole('link', { name: /take deposit/ }).tap();
    await live(page);
    expect(await wide()).toBeLessThanOrEqual(390);
    await picture(page, 'phone');
    const background = () => page.evaluate<string>(`getComputedStyle(document.documentElement).backgroundColor`);
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).not.toBe(light);
    await picture(page, 'phone-dark');
    const button = page.getByRole('button', { name: 'Approve', exact: true });
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(40);
    await button.tap();
    await page.locator('.news.done').waitFor();
    expect(acts()).toHaveLength(1);
  });

  it('obeys nothing of what a model, a tool or a user wrote', async () => {
    clinic.open('evil-1', { user: EVIL }, [
      { kind: 'user', turn: 1, messageId: 'm1', text: `${EVIL}\n${'\n'.repeat(10_000)}` },
      {
        kind: 'outcome',
        turn: 1,
        step: 1,
        callId: 'c0',
        tool: 'look_up',
        outcome: { kind: 'succeeded', result: EVIL },
      },
      { kind: 'note', turn: 1, audience: 'record', reason: 'x', text: EVIL, by: EVIL },
      {
        kind: 'assistant',
        turn: 1,
        step: 1,
        agent: 'receptionist',
        text: EVIL,
        calls: [{ id: 'c1', tool: 'pay', arguments: EVIL }],
      },
    ]);
    clinic.ask(
      'evil-1',
      'c1',
      { to: EVIL, note: '\n'.repeat(10_000), iban: 'DE89 3704 0044' },
      { terms: { reason: EVIL } },
    );
    const requests: string[] = [];
    for (const path of ['/', '/sessions/evil-1']) {
      const page = await open(path);
      page.on('request', (request) => requests.push(request.url()));
      await live(page);
      clinic.say('evil-1', { kind: 'user', turn: 1, messageId: `m-${path}`, text: `${EVIL} later` });
      if (path !== '/') await page.locator('.talk .user', { hasText: 'later' }).first().waitFor();
      expect(await page.locator('script:not([src="/desk.js"]), img, iframe, object, svg, [onerror]').count()).toBe(0);
      expect(await page.locator('a[href*="evil.example"], a[href^="javascript"]').count()).toBe(0);
      expect(await page.title()).not.toContain('evil"');
      expect(await page.locator('body').innerText()).not.toMatch(/[\u202a-\u202e]/);
      if (path === '/') continue;
      const iban = await page.getByText('DE89 3704 0044').first().boundingBox();
      expect(iban?.y).toBeLessThan(860);
      const text = await page.locator('body').innerText();
      expect(text.indexOf('DE89')).toBeLessThan(text.indexOf('Why a person is asked'));
    }
    expect(requests.filter((url) => !url.startsWith(desk.url))).toEqual([]);
  });
});
