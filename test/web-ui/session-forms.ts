/** The hands of a person in the Temporal Web UI: its form of updates, its form of signals, and the page of current details. */
import type { Page } from 'playwright-core';
import type { Hands } from '../session/acts-by-hand';
import { eventually } from '../session/stage';
import { visibleText } from './browser';

export interface BrowserHands extends Hands {
  open(sessionId: string): Promise<void>;
  /** The updates that the form offers: name and description of each, in one line. */
  offered(sessionId: string): Promise<readonly string[]>;
}

/** @param workflows the address of the list of workflows. */
export function handsIn(page: Page, workflows: string): BrowserHands {
  let opened: string | undefined;
  const open = async (sessionId: string): Promise<void> => {
    if (opened === sessionId) return;
    await page.goto(`${workflows}/${sessionId}`);
    opened = sessionId;
  };
  const submit = async (item: string, name: string, request: object): Promise<void> => {
    try {
      await fill(item, name, request);
    } catch (error) {
      // Whatever is open now is not in the way of the next act.
      opened = undefined;
      throw error;
    }
  };
  const dialog = page.locator('dialog[open]').locator('visible=true');
  const choose = async (item: string): Promise<void> => {
    await page.getByRole('button', { name: 'More Actions' }).locator('visible=true').click();
    await page.getByRole('menuitem', { name: item }).locator('visible=true').click();
    await dialog.locator('button[aria-haspopup], [role=combobox]').first().click();
  };
  const fill = async (item: string, name: string, request: object): Promise<void> => {
    await choose(item);
    const option = page.getByRole('option').filter({ hasText: new RegExp(`^\\s*${name}\\b`) });
    await option.locator('visible=true').click();
    const editor = dialog.getByRole('textbox').last();
    await editor.click();
    // The form may still hold what was sent before.
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(JSON.stringify(request));
    // The editor formats its text when it is left, and the button moves: a click that leaves it would miss.
    await editor.blur();
    await dialog.getByTestId('confirm-modal-button').click();
    // It stays open, with the reason, where it was refused.
    const alert = dialog.getByRole('alert').filter({ hasText: /\S/ }).last();
    const refused = await Promise.race([
      dialog.waitFor({ state: 'hidden' }).then(() => undefined),
      alert.waitFor({ state: 'visible' }).then(() => alert.innerText()),
    ]);
    if (refused === undefined) return;
    await dialog.getByTestId('cancel-modal-button').click();
    await dialog.waitFor({ state: 'hidden' });
    throw new Error(refused);
  };
  return {
    open,
    offered: async (sessionId) => {
      await open(sessionId);
      await choose('Send an Update');
      const options = page.getByRole('option').locator('visible=true');
      await options.last().waitFor();
      const texts = await options.allInnerTexts();
      // A fresh page for whatever is next.
      opened = undefined;
      return texts.map((text) => text.replace(/\s+/g, ' ').trim());
    },
    update: async (sessionId, name, request) => {
      await open(sessionId);
      await submit('Send an Update', name, request);
    },
    signal: async (sessionId, name, request) => {
      // The form of signals takes one per visit of the page.
      opened = undefined;
      await open(sessionId);
      await submit('Send a Signal', name, request);
    },
    page: async (sessionId, pattern) => {
      await open(sessionId);
      await page
        .getByRole('link', { name: /User Metadata/ })
        .or(page.getByRole('tab', { name: /User Metadata/ }))
        .first()
        .click();
      return eventually(`${String(pattern)} on the page`, async () => {
        const text = await visibleText(page);
        if (pattern.test(text)) return text;
        // As the page says: R for what is there by now.
        await page.keyboard.press('r');
        return undefined;
      });
    },
  };
}
