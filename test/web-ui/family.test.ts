/** A family of sessions in the Temporal Web UI: who is whose child, who has the user, and what waits where, in a real browser. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { calls, model, says, stage, talkTo, useCast } from '../handoffs/cast';
import { eventually } from '../session/stage';
import { describeInBrowser, launchBrowser, PAGE_PATIENCE_MS } from './browser';
import { handsIn } from './session-forms';

/** Where pictures go that docs show; absent: none are taken. */
const PICTURES = process.env.HOLDFAST_PICTURES;

describeInBrowser('a family in the Web UI', () => {
  useCast({ ui: true });
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.setDefaultTimeout(PAGE_PATIENCE_MS);
  });

  afterAll(() => browser?.close());

  test('the first session names the agent that has the user and what waits in its child; the relationships show the family', async () => {
    const talk = talkTo();
    model.script(
      'front',
      calls(['ask_reader', { task: 'find the lamp' }], ['ask_writer', { task: 'write a letter' }]),
      calls(['transfer_to_orders', { about: 'a lamp' }]),
    );
    model.script('reader', calls(['give_result', { found: 'lamp', pages: 2 }]));
    model.script('writer', says('Dear customer.'));
    model.script('orders', calls(['buy', { what: 'lamp' }]), says('It is bought.'));
    expect(await talk.send('m-1', 'A lamp, please.')).toMatchObject({ kind: 'waiting_for_human' });

    const base = `${stage.uiUrl}/namespaces/default/workflows`;
    const hands = handsIn(page, base);
    const text = await hands.page(talk.session.id, /May this run\?/);
    expect(text).toMatch(/The user is with orders/);
    expect(text).toMatch(/child h3/);
    expect(text).toContain('"callId": "h3:');
    await picture('web-ui-family-details');

    const { runId } = await stage.temporal.workflow.getHandle(talk.session.id).describe();
    await page.goto(`${base}/${talk.session.id}/${runId}/relationships`);
    await eventually('the family to be shown', async () => {
      const shown = await page.locator('body').innerText();
      const ids = ['h1', 'h2', 'h3'].map((child) => `${talk.session.id}/${child}`);
      return ids.every((id) => shown.includes(id)) ? true : undefined;
    });
    await picture('web-ui-family');

    const decision = JSON.parse(
      /\{"actId": "new-id", "callId": "h3:[^}]*"decision": "approve"[^}]*\}/.exec(text)?.[0] ?? '{}',
    ) as object;
    await hands.update(talk.session.id, 'decide', { ...decision, actId: 'by-hand', by: 'ada' });
    expect(await talk.send('m-1', 'A lamp, please.')).toMatchObject({ kind: 'reply', text: 'It is bought.' });
    await talk.session.end({ by: 'ada' });
  });

  async function picture(name: string): Promise<void> {
    if (!PICTURES) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  }
});
