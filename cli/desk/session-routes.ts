/** The page of a session, and what its forms ask for. */
import type { Hono } from 'hono';
import { newsId } from './events';
import { sessionPage } from './pages/session';
import type { DeskContext, DeskEnv } from './people';
import { problemOf } from './problems';
import { isFormName, readAct, type FormName } from './read-act';
import { readForm, show, type Desk } from './respond';
import type { DeskAct, DeskDone } from './source';
import { sessionVersion } from './versions';

const FEW_ITEMS = 60;
const MANY_ITEMS = 1_000;

/** What was done, by the word in the address that a form leads to: the address itself is never shown. */
const DONE: Readonly<Record<string, string>> = {
  approved: 'Approved.',
  rejected: 'Rejected. The agent is told why.',
  edited: 'Approved with your arguments.',
  waiting: 'Your approval is recorded. Others have to approve, too.',
  resolved: 'Recorded. The turn goes on.',
  extended: 'Extended.',
  speak: 'Said to the user.',
  note: 'The agent reads it before it goes on.',
  stop: 'The turn is stopped.',
  pause: 'Paused.',
  resume: 'It goes on.',
  take_over: 'You have taken over: what the user writes waits for you.',
  hand_back: 'The agent goes on.',
  revoke: 'Taken back: later calls are asked about again.',
  already: 'This was done before; nothing was done twice.',
};

interface Shown {
  readonly status: 200 | 400 | 403 | 409 | 503;
  readonly problem: string;
  /** The form that was not taken. */
  readonly typed: URLSearchParams;
}

export function addSessionRoutes(app: Hono<DeskEnv>, desk: Desk): void {
  app.get('/sessions/:id', (c) => showSession(c, desk, c.req.param('id')));
  app.post('/sessions/:id/:form', async (c) => {
    const name = c.req.param('form');
    return isFormName(name) ? act(c, desk, c.req.param('id'), name) : c.notFound();
  });
}

async function showSession(c: DeskContext, desk: Desk, sessionId: string, shown?: Shown): Promise<Response> {
  const { source, now } = desk;
  const person = c.get('person');
  const most = c.req.query('all') === '1' ? MANY_ITEMS : FEW_ITEMS;
  const view = await source.view(sessionId, most);
  if (!view || !person) return c.notFound();
  const frame = {
    sessionId,
    formToken: c.get('formToken'),
    typed: shown?.typed,
    person,
    signs: source.signsFor(person),
    user: view.status.user,
    now: now(),
  };
  const done = shown ? undefined : doneWords(c.req.query('done'));
  return show(
    c,
    desk,
    {
      title: sessionId,
      live: { have: newsId({ session: sessionVersion(view) }), session: sessionId },
      ...(shown ? { news: { kind: 'problem', text: shown.problem } } : {}),
      ...(done === undefined ? {} : { news: { kind: 'done', text: done } }),
    },
    sessionPage(frame, view, most === FEW_ITEMS),
    shown?.status,
  );
}

async function act(c: DeskContext, desk: Desk, sessionId: string, name: FormName): Promise<Response> {
  const form = await readForm(c);
  const typed = new URLSearchParams(form);
  typed.set('name', name);
  const person = c.get('person');
  if (!person) return c.notFound();
  const read = readAct(name, form);
  if (!read.ok) return showSession(c, desk, sessionId, { status: 400, problem: read.problem, typed });
  let done: DeskDone | undefined;
  try {
    done = await desk.source.act(sessionId, read.value, person);
  } catch (error) {
    const { status, sentence, isStale } = problemOf(error);
    if (status === 404 || status === 500) throw error;
    // What was typed in place of other arguments would look like an edit of these.
    if (isStale && name !== 'reject') typed.delete('name');
    return await showSession(c, desk, sessionId, { status, problem: sentence, typed });
  } finally {
    desk.feed.askSoon();
  }
  if (!done) return c.notFound();
  // Loading the page again does not send the form again.
  return c.redirect(`/sessions/${encodeURIComponent(sessionId)}?done=${doneWord(read.value, done)}`, 303);
}

function doneWord(asked: DeskAct, done: DeskDone): string {
  if (done.kind === 'already_done') return 'already';
  switch (asked.kind) {
    case 'decide':
      if (done.call === 'waiting') return 'waiting';
      return asked.decision === 'edit' ? 'edited' : asked.decision === 'reject' ? 'rejected' : 'approved';
    case 'resolve':
      return 'resolved';
    case 'extend':
      return 'extended';
    default:
      return asked.kind;
  }
}

function doneWords(word: string | undefined): string | undefined {
  return word !== undefined && Object.hasOwn(DONE, word) ? DONE[word] : undefined;
}
