/** Signing in and out, where people have tokens; what everybody else meets until then. */
import type { Hono, MiddlewareHandler } from 'hono';
import { ownPath } from './guards';
import { page } from './pages/layout';
import { signInPage } from './pages/sign-in';
import { pathOf, type DeskContext, type DeskEnv, type People } from './people';
import { readForm } from './respond';

export function addSignInRoutes(app: Hono<DeskEnv>, people: People): void {
  const form = (c: DeskContext, next: string, status: 200 | 401 | 429, why?: string) =>
    c.html(page({ title: 'Sign in' }, signInPage(c.get('formToken'), next, why)), status);
  app.get('/sign-in', (c) => {
    const next = ownPath(c.req.query('next'));
    return c.get('person') || !people.signsIn ? c.redirect(next, 303) : form(c, next, 200);
  });
  app.post('/sign-in', async (c) => {
    const fields = await readForm(c);
    const next = ownPath(fields.get('next'));
    const who = people.signIn(c, (fields.get('token') ?? '').trim());
    if (who === 'wait') return form(c, next, 429, 'Too many tries. Wait five minutes.');
    return who === 'wrong' ? form(c, next, 401, 'This token is not known.') : c.redirect(next, 303);
  });
  app.post('/sign-out', (c) => {
    people.signOut(c);
    return c.redirect(people.signsIn ? '/sign-in' : '/', 303);
  });
}

/** Lets through whoever is known. */
export const onlyKnown: MiddlewareHandler<DeskEnv> = async (c, next) => {
  if (c.get('person')) return next();
  if (c.req.path === '/events') return c.text('sign in first', 401);
  if (c.req.method !== 'GET') return c.redirect('/sign-in', 303);
  return c.redirect(`/sign-in?next=${encodeURIComponent(pathOf(c))}`, 303);
};
