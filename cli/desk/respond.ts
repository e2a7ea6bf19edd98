/** How the desk answers: whole pages, for whoever is in front of it. */
import type { Feed } from './feed';
import { page, type PageFrame } from './pages/layout';
import { markup, type Content } from './pages/markup';
import type { DeskContext, People } from './people';
import type { DeskSource } from './source';

/** What the desk is made of. */
export interface Desk {
  readonly source: DeskSource;
  readonly people: People;
  readonly feed: Feed;
  /** Names of the desk, beside those of this machine. */
  readonly hosts: readonly string[];
  /** ms since the epoch. */
  readonly now: () => number;
}

type Answer = Response | Promise<Response>;

/** @param frame what the page has beside what all have. */
export function show(
  c: DeskContext,
  { people }: Desk,
  frame: Omit<PageFrame, 'person' | 'signOut'>,
  main: Content,
  status: 200 | 400 | 403 | 409 | 503 = 200,
): Answer {
  const signOut = people.signsIn ? { formToken: c.get('formToken') } : undefined;
  return c.html(page({ ...frame, person: c.get('person'), signOut }, main), status);
}

/** A page in which nothing but one sentence is said. */
export function showProblem(c: DeskContext, status: 403 | 404 | 409 | 413 | 421 | 500 | 503, sentence: string): Answer {
  const title = status === 404 ? 'Not found' : 'That did not work';
  const main = markup`<h1>${title}</h1><p>${sentence}</p><p><a href="/">All that waits</a></p>`;
  return c.html(page({ title, person: c.get('person') }, main), status);
}

/** The text is kept by hono: it may be read again. */
export async function readForm(c: DeskContext): Promise<URLSearchParams> {
  return new URLSearchParams(await c.req.text());
}
