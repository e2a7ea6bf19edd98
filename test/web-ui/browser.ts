/** A Chromium for tests of what people see in the Temporal Web UI. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Longest wait for anything the page is to show, ms. */
export const PAGE_PATIENCE_MS = 20_000;

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const EXECUTABLE = findChromium();

/**
 * `describe` for tests that need a browser: where none is installed they are skipped, one by one, under a name that says why.
 * `HOLDFAST_CHROMIUM` names a Chromium that is not on PATH.
 */
export function describeInBrowser(name: string, tests: () => void): void {
  if (EXECUTABLE === undefined) describe.skip(`${name} (no Chromium on PATH or in HOLDFAST_CHROMIUM)`, tests);
  else describe(name, tests);
}

/** With a new, empty profile, that is gone when the browser is closed. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: [
      // Chromium's own sandbox needs rights that a container's root does not have; the only pages here are our own server's.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** The text a person sees, the frames that hold rendered markdown included. */
export async function visibleText(page: Page): Promise<string> {
  const texts = await Promise.all(page.frames().map((frame) => frame.locator('body').innerText()));
  return texts.join('\n');
}

function findChromium(): string | undefined {
  const named = process.env.HOLDFAST_CHROMIUM;
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))).find((file) => existsSync(file));
}
