/** The id that a browser is known by, and the token in its forms that other sites cannot know. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_PATTERN = /^[A-Za-z0-9_-]{43}$/;

export function mintBrowserId(): string {
  return randomBytes(32).toString('base64url');
}

export function isBrowserId(text: string | undefined): text is string {
  return text !== undefined && ID_PATTERN.test(text);
}

/** One per desk process: made from a secret of its own, so that it need not be kept for each browser. */
export class FormTokens {
  readonly #secret = randomBytes(32);

  /** @param name of who is signed in, '' for nobody: a form of one person is worth nothing to the next. */
  of(browser: string, name: string): string {
    return createHmac('sha256', this.#secret).update(`${browser}\n${name}`).digest('base64url');
  }

  isValid(token: string | null, browser: string, name: string): boolean {
    const expected = Buffer.from(this.of(browser, name));
    const given = Buffer.from(token ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
