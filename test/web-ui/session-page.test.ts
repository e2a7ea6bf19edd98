/** The Temporal Web UI as a person uses it on a session: in a real browser, on a server of the test's own. */
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { eventually, startStage, uniqueName, type Stage } from '../session/stage';
import { describeInBrowser, launchBrowser, PAGE_PATIENCE_MS, visibleText } from './browser';
import { handsIn } from './session-forms';

const clerk = defineAgent({
  name: 'clerk',
  instructions: 'You book appointments.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'book_slot',
      description: 'Books a slot.',
      effect: 'idempotent',
      input: z.object({ slot: z.string(), patient: z.string() }),
      run: () => ({ appointment: 4006 }),
    }),
  ],
});

/** What a page must never obey, wherever it comes from. */
const MARKUP = '<img src=x> [click](http://evil.example) https://evil.example **loud** | cell |';

describeInBrowser('the page of a session in the Web UI', () => {
  let model: ScriptedOpenAI;
  let stage: Stage;
  let browser: Browser;
  let page: Page;
  const sessionId = uniqueName('web-ui');

  beforeAll(async () => {
    model = await startScriptedOpenAI({
      script: {
        name: 'clerk',
        turns: [
          {
            user: /^Tuesday/,
            answers: [
              {
                kind: 'calls',
                calls: [
                  { tool: 'book_slot', arguments: { slot: 'Tue 09:00', patient: 'p-7' } },
                  { tool: 'book_slott', arguments: {} },
                ],
                usage: { inputTokens: 812, outputTokens: 64 },
              },
              { kind: 'text', text: `You are booked. ${MARKUP}`, usage: { inputTokens: 940, outputTokens: 21 } },
            ],
          },
          { user: /^by hand/, answers: [says('heard by hand')] },
        ],
      },
    });
    stage = await startStage({ agents: [clerk], modelUrl: model.url, ui: true });
    await stage.client.send({ sessionId, agent: 'clerk', messageId: 'm1', text: `Tuesday at nine, please. ${MARKUP}` });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.setDefaultTimeout(PAGE_PATIENCE_MS);
  });

  afterAll(async () => {
    await browser?.close();
    await stage?.stop();
    await model?.stop();
  });

  const workflows = () => `${stage.uiUrl}/namespaces/default/workflows`;
  const tab = (name: RegExp) => page.getByRole('link', { name }).or(page.getByRole('tab', { name })).first();
  /** The page's text once `pattern` is in it. */
  const textWith = (pattern: RegExp) =>
    eventually(`${String(pattern)} on the page`, async () => {
      const text = await visibleText(page);
      return pattern.test(text) ? text : undefined;
    });

  it('tells the story in its timeline: what was asked, each call with its arguments, and what was spent before it', async () => {
    await page.goto(`${workflows()}/${sessionId}`);
    const text = await textWith(/step 1\.1/);
    const story = text.split('\n').filter((line) => /^(model\.call|book_slot|send)\b/.test(line));
    // Newest first, as the page shows it.
    expect(story).toEqual([
      'model.call • step 1.2 · clerk · so far 812→64 tok $0.000331',
      'book_slot • book_slot(patient=p-7, slot=Tue 09:00)',
      'model.call • step 1.1 · clerk · so far 0→0 tok $0',
      'send',
    ]);
    expect(text).toContain('Running');
  });

  it('shows model, tokens and cost first in the result of a model call', async () => {
    await page.getByText('step 1.1 · clerk').first().click();
    const text = await textWith(/"cost": /);
    expect(text).toMatch(/Result\s*(⌄\s*)*{\s*"model": "gpt-5-mini",\s*"tokens": "812→64",\s*"cost": "\$0\.000331",/);
  });

  it('begins the outcome of a message with what was answered', async () => {
    await tab(/Event History/).click();
    await textWith(/"kind":\s*"reply",\s*"text":\s*"You are booked\./);
  });

  it('says in its current details where the session stands, and obeys no markup of others', async () => {
    await tab(/User Metadata/).click();
    const text = await textWith(/waiting_for_user/);
    expect(text).toContain('waiting_for_user: the user’s next message (since ');
    expect(text).toContain('Next: the update send with {"messageId": "new-id", "text": "…"} goes on');
    expect(text).toContain(
      'Agent clerk, turn 1, step 2. Spent 1752→85 tok $0.000608 in 2 model calls and 2 tool calls.',
    );
    expect(text).toContain(`User: Tuesday at nine, please. ${MARKUP}`);
    expect(text).toContain(`Answer: You are booked. ${MARKUP}`);
    const rows = text.split('\n').filter((line) => /^1\.\d\t/.test(line));
    expect(rows).toEqual([
      '1.1\tgpt-5-mini · 812→64 tok · $0.000331\tcalled tools',
      '1.1\tbook_slot(patient=p-7, slot=Tue 09:00)\tsucceeded',
      expect.stringMatching(/^1\.1\tbook_slott: refused, unknown tool\trejected: There is no tool named “book_slott”/),
      '1.2\tgpt-5-mini · 940→21 tok · $0.000277\tanswered',
    ]);
    for (const frame of page.frames()) {
      expect(await frame.locator('a[href*="evil"], img[src="x"]').count()).toBe(0);
    }
  });

  it('finds the session by its status', async () => {
    const query = `HoldfastStatus="waiting_for_user" AND HoldfastAgent="clerk" AND HoldfastCostUsd > 0`;
    // The index lags a little, and the page does not look again by itself.
    await eventually('the session in the index', async () => {
      for await (const found of stage.temporal.workflow.list({ query })) return found.workflowId === sessionId;
      return undefined;
    });
    await page.goto(`${workflows()}?query=${encodeURIComponent(query)}`);
    await page.getByRole('link', { name: sessionId }).first().waitFor();
  });

  it('lets a person send and end by hand, with the descriptions that say how', async () => {
    const hands = handsIn(page, workflows());
    await hands.update(sessionId, 'send', { messageId: 'by-hand-1', text: 'by hand: hello' });
    await eventually('the answer', async () => {
      const items = await stage.client.session(sessionId).wholeTranscript();
      return JSON.stringify(items).includes('heard by hand') ? true : undefined;
    });
    expect(await hands.offered(sessionId)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^send A user message: \{"messageId"/),
        expect.stringMatching(/^decide A decision on a call that waits for approval/),
        expect.stringMatching(/^resolve What became of a call in `pending`: \{"actId"/),
        expect.stringMatching(/^intervene An act of a person: \{"actId"/),
      ]),
    );
    await hands.update(sessionId, 'intervene', { actId: 'by-hand-2', act: 'end', by: 'a person' });
    expect(await stage.client.session(sessionId).result()).toMatchObject({ status: 'completed', turns: 2 });
    await page.goto(`${workflows()}/${sessionId}`);
    await textWith(/Completed/);
  });
});
