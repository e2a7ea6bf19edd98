/** What all pages have in common. */
import type { Person } from '../source';
import { markup, type Content, type Markup } from './markup';

export interface PageFrame {
  readonly title: string;
  readonly person?: Person;
  /** Set where there is a way out. */
  readonly signOut?: { readonly formToken: string };
  /** Of a page that keeps itself up to date: what it shows, for `/events`. */
  readonly live?: { readonly have: string; readonly session?: string };
  /** What just happened, or why it did not. */
  readonly news?: { readonly kind: 'done' | 'problem'; readonly text: string };
}

export function page(frame: PageFrame, main: Content): Markup {
  const { title, person, signOut, live, news } = frame;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Holdfast desk</title>
<link rel="stylesheet" href="/desk.css">
<script src="/desk.js" defer></script>
</head>
<body${live && markup` data-have="${live.have}" data-session="${live.session ?? ''}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/">Holdfast desk</a>
<span class="live" id="live" role="status"></span>
${person && markup`<span class="who">You are <strong>${person.name}</strong>${person.roles && person.roles.length > 0 && markup` <span class="quiet">(${person.roles.join(', ')})</span>`}</span>`}
${signOut && markup`<form method="post" action="/sign-out">${hidden('form', signOut.formToken)}<button class="plain">Sign out</button></form>`}
</header>
<main id="main" tabindex="-1">
${news && markup`<p class="news ${news.kind}" role="${news.kind === 'done' ? 'status' : 'alert'}">${news.text}</p>`}
${main}
</main>
<p id="announce" class="unseen" aria-live="polite"></p>
<footer class="bottom"><span class="keys">Keys: <kbd>j</kbd> <kbd>k</kbd> next, previous${live?.session !== undefined && markup` · <kbd>a</kbd> approve · <kbd>e</kbd> edit · <kbd>r</kbd> reject (each confirmed with Enter)`} · <kbd>l</kbd> the list</span></footer>
</body>
</html>`;
}

export function hidden(name: string, value: string): Markup {
  return markup`<input type="hidden" name="${name}" value="${value}">`;
}
