/** The desk as a web application: which request gets which page. It listens to nothing by itself. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { SESSION_ID_PATTERN } from '../../workflows/contracts';
import { DESK_SCRIPT } from './assets/script';
import { DESK_STYLE } from './assets/style';
import { newsId, streamEvents } from './events';
import { isKnownHost, isOwnPage, safeHeaders } from './guards';
import { waitingPage } from './pages/waiting';
import type { DeskContext, DeskEnv, People } from './people';
import { problemOf } from './problems';
import { readForm, show, showProblem, type Desk } from './respond';
import { addSessionRoutes } from './session-routes';
import { addSignInRoutes, onlyKnown } from './sign-in-routes';
import { listVersion } from './versions';

/** The longest form: edited arguments, each character of which may be written with several. */
const MOST_FORM_BYTES = 2 * 1024 * 1024;
const MOST_SESSIONS = 30;

export function deskApp(desk: Desk): Hono<DeskEnv> {
  const { people, feed } = desk;
  const app = new Hono<DeskEnv>();
  app.use(safeHeaders);
  app.use(async (c, next) => {
    if (isKnownHost(c.req.header('Host'), desk.hosts)) return next();
    return showProblem(c, 421, 'This desk is not known by this name. Whoever runs it can add the name with --host.');
  });
  app.get('/desk.css', (c) => c.text(DESK_STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/desk.js', (c) => c.text(DESK_SCRIPT, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  app.use(people.middleware((c, why) => showProblem(c, 403, why)));
  app.post(
    '*',
    bodyLimit({
      maxSize: MOST_FORM_BYTES,
      onError: (c) => showProblem(c as DeskContext, 413, 'That is too much text.'),
    }),
    async (c, next) => (await refusedPost(c, people)) ?? next(),
  );
  addSignInRoutes(app, people);
  app.use(onlyKnown);
  app.get('/', (c) => showWaiting(c, desk));
  app.get('/open', (c) => {
    const id = (c.req.query('session') ?? '').trim();
    return SESSION_ID_PATTERN.test(id)
      ? c.redirect(`/sessions/${encodeURIComponent(id)}`, 303)
      : showProblem(c, 404, 'There is no such session.');
  });
  app.get('/events', (c) => streamEvents(c, feed, people));
  addSessionRoutes(app, desk);
  app.notFound((c) => showProblem(c, 404, 'There is nothing here.'));
  app.onError((error, c) => {
    const { status, sentence } = problemOf(error);
    return showProblem(c, status, sentence);
  });
  return app;
}

async function showWaiting(c: DeskContext, desk: Desk): Promise<Response> {
  const { source, now } = desk;
  const [list, sessions] = await Promise.all([source.waiting(), source.sessions(MOST_SESSIONS)]);
  const filter = { role: c.req.query('role') || undefined, agent: c.req.query('agent') || undefined };
  const { length } = list.entries;
  const title = length === 0 && list.unread.length === 0 ? 'Nothing waits' : `${length}${list.more ? '+' : ''} waiting`;
  const live = { have: newsId({ list: listVersion(list) }) };
  return show(c, desk, { title, live }, waitingPage(list, sessions, filter, now()));
}

/** @returns undefined for a form that a page of the desk sent, made for this person. */
async function refusedPost(c: DeskContext, people: People): Promise<Response | undefined> {
  if (!isOwnPage(c.req.raw.headers))
    return showProblem(
      c,
      403,
      'This was not sent by a page of the desk. A proxy before it has to pass the header Host on.',
    );
  if (!(c.req.header('Content-Type') ?? '').startsWith('application/x-www-form-urlencoded'))
    return showProblem(c, 403, 'This was not sent by a form of the desk.');
  const form = await readForm(c);
  if (people.isOwnForm(c, form.get('form'))) return undefined;
  return showProblem(
    c,
    403,
    'This form is from before the desk was started, or from before you signed in. Go back, reload the page and do it again.',
  );
}
