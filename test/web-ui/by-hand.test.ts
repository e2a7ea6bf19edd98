/** Every act of a person through the forms of the Temporal Web UI, in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { copied, everyAct, script, support } from '../session/acts-by-hand';
import { caught, startStage, uniqueName, type Stage } from '../session/stage';
import { describeInBrowser, launchBrowser, PAGE_PATIENCE_MS } from './browser';
import { handsIn } from './session-forms';

describeInBrowser('a person in the Web UI', () => {
  let model: ScriptedOpenAI;
  let stage: Stage;
  let browser: Browser;
  let page: Page;
  let hands: ReturnType<typeof handsIn>;

  beforeAll(async () => {
    model = await startScriptedOpenAI({ script });
    stage = await startStage({ agents: [support], modelUrl: model.url, ui: true });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.setDefaultTimeout(PAGE_PATIENCE_MS);
    hands = handsIn(page, `${stage.uiUrl}/namespaces/default/workflows`);
  });

  afterAll(async () => {
    await browser?.close();
    await stage?.stop();
    await model?.stop();
  });

  it.each(
    everyAct(
      () => stage,
      () => hands,
    ).map((act) => [act.name, act.run] as const),
  )('%s', async (_name, act) => act());

  describe('before a call that others had a hand in', () => {
    const sessionId = uniqueName('hostile');
    let text = '';

    beforeAll(async () => {
      await stage.client.send({ sessionId, agent: 'support', user: 'carol', text: 'three refunds' });
      text = await hands.page(sessionId, /3 calls wait for approval/);
    });

    afterAll(async () => {
      await stage.client.session(sessionId).end();
    });

    it('sees the arguments before any words of others, each in its place', () => {
      const [before = '', ...calls] = text.slice(text.indexOf('waiting_for_human')).split('May this run?');
      expect(before).not.toMatch(/evil|heading|refund_order|carol/);
      expect(calls).toHaveLength(3);
      for (const [index, cents] of [4_200, 9_900, 5_500].entries()) {
        const shown = (calls[index] ?? '').split('\n').map((line) => line.trim());
        const first = shown.findIndex((line) => line.startsWith('"'));
        expect(shown[first]).toBe(`"cents": ${cents}`);
        expect(shown.slice(0, first).join('')).not.toMatch(/evil|heading/);
      }
    });

    it('is shown no node that does anything, and no character that does', async () => {
      expect(text).toContain('\\u202egnp.exe');
      expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      let frames = 0;
      for (const frame of page.frames()) {
        expect(await frame.locator('a[href*="evil"], img[src="x"], script:text-is("1")').count()).toBe(0);
        // The page itself is in a frame of its own.
        if (frame === page.mainFrame()) continue;
        frames += (await frame.locator('body').innerText()).includes('May this run?') ? 1 : 0;
        expect(await frame.locator('body').locator('script, img, a, h1, form, iframe').count()).toBe(0);
      }
      expect(frames).toBe(1);
    });

    it('is told in words why a decision is refused, and the call waits on', async () => {
      const approve = copied(text, 'approve');
      const refused = await caught(hands.update(sessionId, 'decide', { ...approve, by: 'Carol' }));
      expect(refused.message).toMatch(/carol/i);
      expect(await stage.client.session(sessionId).pending()).toHaveLength(3);
    });
  });
});
