/**
 * Markup of the desk's pages. Every string that is put into a page passes through here: characters that would act on a display are made visible, markup is
 * escaped. What a model, a tool or a user wrote is therefore inert without anybody having to think of it.
 */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { safeText } from '../../terminal-text';

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What may stand in a template. Null, undefined and false leave nothing. */
export type Content = string | number | Markup | null | undefined | false | readonly Content[];

/** A piece of a page. @param values strings are made inert; only what this function returned is taken as markup. */
export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return html(strings, ...values.map(inert));
}

/** Text as it stands, escaped only: for fields that give a person back what that person typed. */
export function verbatim(text: string): Markup {
  return html`${text}`;
}

function inert(value: Content): unknown {
  if (typeof value === 'string') return safeText(value);
  if (Array.isArray(value)) return (value as readonly Content[]).map(inert);
  return value ?? '';
}
