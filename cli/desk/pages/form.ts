/** Forms of a session's page. Each has the id of the act that it asks for: sent twice, it is done once. */
import { randomUUID } from 'node:crypto';
import { hidden } from './layout';
import { markup, verbatim, type Content, type Markup } from './markup';

/** What the forms of one page have in common. */
export interface FormFrame {
  readonly sessionId: string;
  readonly formToken: string;
  /** What was typed into a form that was not taken: it is shown again, to be put right. */
  readonly typed?: URLSearchParams;
}

/** @param name of the form: the last part of where it is sent. @param of what it is about, such as a call: tells it from others of that name. */
export function actForm(frame: FormFrame, name: string, of: string, inner: Content, className = ''): Markup {
  return markup`<form method="post" action="/sessions/${encodeURIComponent(frame.sessionId)}/${name}" class="act ${className}">
${hidden('form', frame.formToken)}${hidden('act', randomUUID())}${of !== '' && hidden('of', of)}
${inner}
</form>`;
}

/** What was typed into this form before, if it is the one that was not taken. */
export function typedIn(frame: FormFrame, name: string, of: string): URLSearchParams | undefined {
  const { typed } = frame;
  return typed?.get('name') === name && (typed.get('of') ?? '') === of ? typed : undefined;
}

/** Browsers drop a line break right behind the tag. */
export function textArea(attributes: Content, text: string): Markup {
  return markup`<textarea ${attributes}>
${verbatim(text)}</textarea>`;
}
