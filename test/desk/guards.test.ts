/** Who gets in at the desk, and what is not taken for a person's act. */
import { readTokens } from '../../cli/desk/tokens';
import type { DeskAuth } from '../../cli/desk/settings';
import { Clinic } from './clinic';
import { behindProxy, Front, OS_USER } from './front';

const ARGS = { patient: 'p-7', amount: 120 };
const MINUTE = 60_000;
const TOKEN = 'correct-horse-battery-staple';
const tokens = (): DeskAuth => ({
  kind: 'tokens',
  idleMs: 30 * MINUTE,
  people: readTokens(JSON.stringify([{ name: 'ada', roles: ['clinic'], token: TOKEN }])),
});

function clinicWithOne(): Clinic {
  const clinic = new Clinic();
  clinic.open('s1', { tenant: 'north' });
  clinic.ask('s1', 'c1', ARGS);
  return clinic;
}

describe('every page', () => {
  it.each(['/', '/sessions/s1', '/nothing', '/desk.js', '/events?x=%0d%0a'])(
    '%s forbids what no page needs',
    async (path) => {
      const front = new Front(clinicWithOne());
      const { headers, body } = await front.get(path);
      await body?.cancel();
      front.feed.close();
      expect(headers.get('Content-Security-Policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Cache-Control')).toBe('no-store');
      expect(headers.get('Referrer-Policy')).toBe('same-origin');
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
    },
  );

  it('has no script, style or handler of its own in it, and nothing from elsewhere', async () => {
    const page = await new Front(clinicWithOne()).page('/sessions/s1');
    expect(page.match(/<script[^>]*>/g)).toEqual(['<script src="/desk.js" defer>']);
    expect(page).not.toMatch(/ style="| on[a-z]+="|<style|https?:/);
  });
});

describe('the name in the address', () => {
  it.each(['127.0.0.1:8240', 'localhost:8240', '[::1]:8240', 'LOCALHOST', 'desk.example.com', 'desk.example.com:443'])(
    '%s is known',
    async (host) => {
      const front = new Front(clinicWithOne(), OS_USER, '127.0.0.1', ['desk.example.com']);
      expect((await front.get('/', { Host: host })).status).toBe(200);
    },
  );

  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:8240', '10.0.0.7:8240', ''])(
    '%s is not: a page whose name was made to point here gets nothing',
    async (host) => {
      const answer = await new Front(clinicWithOne()).get('/sessions/s1', { Host: host });
      expect(answer.status).toBe(421);
      expect(await answer.text()).not.toContain('p-7');
    },
  );
});

describe('a form', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string | undefined>>, number])[] = [
    ['of the desk', {}, 303],
    ['of the desk, in a browser that says only the origin', { 'Sec-Fetch-Site': undefined }, 303],
    ['of the desk, in a browser that says only the site', { Origin: undefined }, 303],
    ['of another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }, 403],
    ['of another site, in an older browser', { 'Sec-Fetch-Site': undefined, Origin: 'https://evil.example' }, 403],
    ['of a sandboxed frame', { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }, 403],
    ['of a neighbouring name', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:9999' }, 403],
    ['of another port of this machine', { 'Sec-Fetch-Site': undefined, Origin: 'http://127.0.0.1:9999' }, 403],
    ['that says nothing of where it is from', { 'Sec-Fetch-Site': undefined, Origin: undefined }, 403],
    ['whose site and origin differ', { Origin: 'https://evil.example' }, 403],
    ['that is no form', { 'Content-Type': 'text/plain' }, 403],
    ['sent as JSON', { 'Content-Type': 'application/json' }, 403],
  ];

  it.each(cases)('%s', async (_from, headers, status) => {
    const clinic = clinicWithOne();
    const front = new Front(clinic);
    const fields = await front.fieldsOf('/sessions/s1', '/sessions/s1/approve');
    expect((await front.post('/sessions/s1/approve', fields, headers)).status).toBe(status);
    expect(clinic.done).toHaveLength(status === 303 ? 1 : 0);
  });

  it.each([
    ['absent', ''],
    ['made up', 'A'.repeat(43)],
  ])('is not taken where its token is %s', async (_what, form) => {
    const clinic = clinicWithOne();
    const front = new Front(clinic);
    const fields = await front.fieldsOf('/sessions/s1', '/sessions/s1/approve');
    expect((await front.post('/sessions/s1/approve', { ...fields, form })).status).toBe(403);
    expect(clinic.done).toEqual([]);
  });

  it('of another browser is not taken, nor one of another person in the same browser', async () => {
    const clinic = clinicWithOne();
    const [one, other] = [new Front(clinic), new Front(clinic)];
    const fields = await one.fieldsOf('/sessions/s1', '/sessions/s1/approve');
    await other.page('/');
    expect((await other.post('/sessions/s1/approve', fields)).status).toBe(403);
    const proxied = new Front(clinic, behindProxy());
    const ada = { 'X-Forwarded-User': 'ada' };
    const page = await proxied.page('/sessions/s1', ada);
    const form = /name="form" value="([^"]*)"/.exec(page)?.[1] ?? '';
    const approve = { ...fields, form };
    expect((await proxied.post('/sessions/s1/approve', approve, { 'X-Forwarded-User': 'ben' })).status).toBe(403);
    expect((await proxied.post('/sessions/s1/approve', approve, ada)).status).toBe(303);
    expect(clinic.done.map(({ by }) => by)).toEqual(['ada']);
  });

  it('that is too long is refused', async () => {
    const front = new Front(clinicWithOne());
    const fields = await front.fieldsOf('/sessions/s1', '/sessions/s1/speak');
    const headers = { 'Content-Length': '3000000' };
    expect((await front.post('/sessions/s1/speak', { ...fields, text: 'x'.repeat(3_000_000) }, headers)).status).toBe(
      413,
    );
  });

  it('cannot be a link', async () => {
    const front = new Front(clinicWithOne());
    const fields = await front.fieldsOf('/sessions/s1', '/sessions/s1/approve');
    expect((await front.get(`/sessions/s1/approve?${new URLSearchParams(fields).toString()}`)).status).toBe(404);
  });
});

describe('a browser that comes by a link on another site', () => {
  it('keeps its id: it is asked to come again as a page of the desk', async () => {
    const front = new Front(clinicWithOne());
    const answer = await front.get('/sessions/s1', { 'Sec-Fetch-Site': 'cross-site' });
    expect(answer.headers.get('Set-Cookie')).toBeNull();
    expect(await answer.text()).toContain('<meta http-equiv="refresh" content="0; url=/sessions/s1">');
  });

  it.each(['//evil.example/x', '/sign-in?next=//evil.example'])('is not led on to a third by %s', async (path) => {
    const answer = await new Front(clinicWithOne()).get(path, { 'Sec-Fetch-Site': 'cross-site' });
    expect(await answer.text()).toContain('<meta http-equiv="refresh" content="0; url=/">');
  });

  it('is not given another id by a form of that site', async () => {
    const front = new Front(clinicWithOne(), tokens());
    const answer = await front.post(
      '/sign-out',
      {},
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
    );
    expect([answer.status, answer.headers.get('Set-Cookie')]).toEqual([403, null]);
  });
});

describe('behind a reverse proxy', () => {
  it('takes people from its header, in UTF-8, with their roles', async () => {
    const name = Buffer.from('Zoë').toString('latin1');
    const headers = { 'X-Forwarded-User': name, 'X-Roles': 'clinic, manager' };
    const page = await new Front(clinicWithOne(), behindProxy('X-Roles')).page('/', headers);
    expect(page).toContain('You are <strong>Zoë</strong> <span class="quiet">(clinic, manager)</span>');
  });

  it.each([
    ['nobody', {}],
    ['an empty name', { 'X-Forwarded-User': ' ' }],
    ['two people', { 'X-Forwarded-User': 'ada, ben' }],
    ['a very long name', { 'X-Forwarded-User': 'a'.repeat(201) }],
    ['bytes that are no text', { 'X-Forwarded-User': '\xff\xfe' }],
  ])('refuses a request of %s', async (_who, headers) => {
    const answer = await new Front(clinicWithOne(), behindProxy()).get('/', headers);
    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toContain('take deposit');
  });

  it('does not believe the header from elsewhere', async () => {
    const front = new Front(clinicWithOne(), behindProxy(), '10.0.0.9');
    const answer = await front.get('/', { 'X-Forwarded-User': 'ada' });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('from its reverse proxy only')]);
  });

  it.each(['X-Forwarded-For', 'x-forwarded-proto', 'X-Forwarded-User', 'Via', 'Forwarded', 'X-Real-IP'])(
    'is not taken for the user of this machine where something forwards to it and says %s',
    async (header) => {
      const answer = await new Front(clinicWithOne()).get('/', { [header]: '203.0.113.7' });
      expect(await answer.text()).toContain('A proxy forwards to this desk');
    },
  );
});

describe('signing in with a token', () => {
  const signIn = (front: Front, token = TOKEN, next = '/sessions/s1') =>
    front.fillIn('/sign-in', '/sign-in', { token, next });

  it('comes before everything else', async () => {
    const front = new Front(clinicWithOne(), tokens());
    const answer = await front.get('/sessions/s1?all=1');
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/sign-in?next=%2Fsessions%2Fs1%3Fall%3D1']);
    expect((await front.get('/events')).status).toBe(401);
  });

  it('leads to where one wanted to go, under a new id that scripts cannot read', async () => {
    const front = new Front(clinicWithOne(), tokens());
    await front.page('/sign-in');
    const before = front.cookie;
    const answer = await signIn(front);
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/sessions/s1']);
    expect(answer.headers.get('Set-Cookie')).toMatch(/^holdfast-desk=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(front.cookie).not.toBe(before);
    expect(await front.page('/')).toContain('You are <strong>ada</strong>');
  });

  it('demands TLS of a browser that is elsewhere', async () => {
    const front = new Front(clinicWithOne(), tokens(), '10.0.0.9', ['desk.example.com']);
    const answer = await front.get('/sign-in', { Host: 'desk.example.com' });
    expect(answer.headers.get('Set-Cookie')).toMatch(
      /^__Host-holdfast-desk=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'sessions/s1',
    '/sign-out',
  ])('never leads to %s', async (next) => {
    const answer = await signIn(new Front(clinicWithOne(), tokens()), TOKEN, next);
    expect(answer.headers.get('Location')).toBe('/');
  });

  it('lets nobody guess: ten wrong tokens, and five minutes of waiting', async () => {
    const front = new Front(clinicWithOne(), tokens());
    const fields = await front.fieldsOf('/sign-in', '/sign-in');
    const tries: number[] = [];
    for (let each = 0; each < 11; each += 1)
      tries.push((await front.post('/sign-in', { ...fields, token: `wrong-${each}` })).status);
    expect(tries).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    expect((await front.post('/sign-in', { ...fields, token: TOKEN })).status).toBe(429);
    front.time += 5 * MINUTE;
    expect((await front.post('/sign-in', { ...fields, token: TOKEN })).status).toBe(303);
  });

  it('ends with signing out, half an hour without anything done, or twelve hours', async () => {
    const front = new Front(clinicWithOne(), tokens());
    const isIn = async () => (await front.get('/')).status === 200;
    await signIn(front);
    const id = front.cookie;
    expect((await front.fillIn('/', '/sign-out')).headers.get('Location')).toBe('/sign-in');
    expect((await front.get('/', { Cookie: id ?? '' })).status).toBe(303);

    await signIn(front);
    front.time += 29 * MINUTE;
    expect(await isIn()).toBe(true);
    // A page that keeps itself up to date does not keep anybody signed in.
    front.time += 29 * MINUTE;
    expect((await front.get('/', { 'X-Desk-Live': '1' })).status).toBe(200);
    front.time += 2 * MINUTE;
    expect(await isIn()).toBe(false);

    await signIn(front);
    for (let each = 0; each < 12 * 4; each += 1) {
      front.time += 15 * MINUTE;
      await front.get('/');
    }
    expect(await isIn()).toBe(false);
  });

  it('does not take an id that somebody else chose', async () => {
    const front = new Front(clinicWithOne(), tokens());
    const chosen = `holdfast-desk=${'A'.repeat(43)}`;
    const page = await front.page('/sign-in', { Cookie: chosen });
    const form = /name="form" value="([^"]*)"/.exec(page)?.[1] ?? '';
    await front.post('/sign-in', { form, token: TOKEN, next: '/' }, { Cookie: chosen });
    expect((await front.get('/', { Cookie: chosen })).status).toBe(303);
  });
});

describe('a desk of one tenant', () => {
  it('shows and does nothing with the sessions of another', async () => {
    const clinic = new Clinic('south');
    clinic.open('s1', { tenant: 'north' });
    clinic.ask('s1', 'c1', ARGS);
    clinic.open('mine', { tenant: 'south' });
    clinic.ask('mine', 'c2', { patient: 'p-9' });
    const front = new Front(clinic);
    expect(await front.page('/')).not.toContain('s1');
    expect((await front.get('/sessions/s1')).status).toBe(404);
    const fields = await front.fieldsOf('/sessions/mine', '/sessions/mine/approve');
    const answer = await front.post('/sessions/s1/approve', { ...fields, of: 'c1' });
    const other = await front.post('/sessions/s2/approve', fields);
    expect([answer.status, await answer.text()]).toEqual([404, await other.text()]);
    expect(clinic.done).toEqual([]);
  });
});
