/** How the desk's pages learn of what is new, and how little that asks of sessions. */
import { ServerUnavailable } from '../../client';
import { Feed } from '../../cli/desk/feed';
import { newsId } from '../../cli/desk/events';
import { SharedReads } from '../../cli/desk/shared-reads';
import { listVersion, sessionVersion } from '../../cli/desk/versions';
import { Clinic } from './clinic';
import { Front } from './front';

/** Far more than any of it takes, ms. */
const PATIENCE_MS = 5_000;

function clinicWithOne(): Clinic {
  const clinic = new Clinic();
  clinic.open('s1');
  clinic.ask('s1', 'c1', { amount: 1 });
  return clinic;
}

describe('the feed', () => {
  let feed: Feed;
  afterEach(() => feed.close());

  it('asks nothing while no page is open, and no more for two pages than for one', async () => {
    const clinic = clinicWithOne();
    feed = new Feed(clinic, { everyMs: 60_000, mostPages: 5 });
    feed.askSoon();
    expect(clinic.asked).toBe(0);
    const [one, other] = [feed.open(undefined, {}), feed.open(undefined, {})];
    const news = { list: expect.any(String) };
    expect(await one?.next(PATIENCE_MS)).toEqual(news);
    expect(await other?.next(PATIENCE_MS)).toEqual(news);
    expect(clinic.asked).toBe(1);
  });

  it('says nothing to a page that shows what there is', async () => {
    const clinic = clinicWithOne();
    feed = new Feed(clinic, { everyMs: 5, mostPages: 5 });
    const page = feed.open(undefined, { list: listVersion(await clinic.waiting()) });
    expect(await page?.next(40)).toBeUndefined();
  });

  it('tells the page of a session of that session only', async () => {
    const clinic = clinicWithOne();
    clinic.open('s2');
    feed = new Feed(clinic, { everyMs: 5, mostPages: 5 });
    const look = await clinic.look('s1');
    const session = look ? sessionVersion(look) : '';
    const page = feed.open('s1', { session });
    clinic.ask('s2', 'c9', { amount: 1 });
    expect(await page?.next(40)).toBeUndefined();
    clinic.change('s1', 'c1', { amount: 2 });
    const news = await page?.next(PATIENCE_MS);
    expect(news?.session).toEqual(expect.any(String));
    expect(news).not.toEqual({ session });
  });

  it('says that sessions cannot be asked, and when they can again', async () => {
    const clinic = clinicWithOne();
    feed = new Feed(clinic, { everyMs: 5, mostPages: 5 });
    const page = feed.open(undefined, { list: listVersion(await clinic.waiting()) });
    clinic.broken = new ServerUnavailable('a:1', 'gone');
    expect(await page?.next(PATIENCE_MS)).toMatchObject({ problem: true });
    clinic.broken = undefined;
    expect(await page?.next(PATIENCE_MS)).toEqual({ list: expect.any(String) });
  });

  it('says so of one session on its page only, while the others go on', async () => {
    const clinic = clinicWithOne();
    clinic.open('s2');
    clinic.away.add('s2');
    feed = new Feed(clinic, { everyMs: 5, mostPages: 5 });
    const [list, page, away] = [feed.open(undefined, {}), feed.open('s1', {}), feed.open('s2', {})];
    expect(await away?.next(PATIENCE_MS)).toEqual({ problem: true });
    expect(await list?.next(PATIENCE_MS)).toEqual({ list: expect.any(String) });
    expect(await page?.next(PATIENCE_MS)).toEqual({ session: expect.any(String) });
    clinic.away.clear();
    expect(await away?.next(PATIENCE_MS)).toEqual({ session: expect.any(String) });
  });

  it('tells the list without waiting for a session that does not answer', async () => {
    const clinic = clinicWithOne();
    clinic.look = () => new Promise(() => undefined);
    feed = new Feed(clinic, { everyMs: 5, mostPages: 5 });
    feed.open('s1', {});
    expect(await feed.open(undefined, {})?.next(PATIENCE_MS)).toEqual({ list: expect.any(String) });
  });

  it('takes so many pages and no more, and a place again once one is closed', () => {
    feed = new Feed(clinicWithOne(), { everyMs: 5, mostPages: 1 });
    const page = feed.open(undefined, {});
    expect(feed.open(undefined, {})).toBeUndefined();
    page?.close();
    expect(feed.open(undefined, {})).toBeDefined();
  });
});

describe('what all pages show', () => {
  it('is read once for those who ask at the same time or shortly after, and anew after that', async () => {
    const clinic = clinicWithOne();
    let now = 0;
    const shared = new SharedReads(clinic, 100, () => now);
    await Promise.all([shared.waiting(), shared.waiting()]);
    now = 99;
    await shared.waiting();
    expect(clinic.asked).toBe(1);
    now = 100;
    await shared.waiting();
    expect(clinic.asked).toBe(2);
  });

  it('is asked for again after a failure', async () => {
    const clinic = clinicWithOne();
    const shared = new SharedReads(clinic, 100, () => 0);
    clinic.broken = new ServerUnavailable('a:1', 'gone');
    await expect(shared.waiting()).rejects.toThrow('gone');
    clinic.broken = undefined;
    expect((await shared.waiting()).entries).toHaveLength(1);
  });
});

describe('/events', () => {
  /** What the stream says until `wanted` is in it. */
  async function heard(answer: Response, wanted: string): Promise<string> {
    const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    let text = '';
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the stream ended with ${text}`);
      text += Buffer.from(value).toString();
    }
    await reader.cancel();
    return text;
  }

  it('tells a page to look again, with an id to come back with, and nothing of what there is', async () => {
    const clinic = clinicWithOne();
    const front = new Front(clinic);
    const now = newsId({ list: listVersion(await clinic.waiting()) });
    const text = await heard(await front.get('/events?have=old.'), 'news');
    front.feed.close();
    expect(text).toContain(`id: ${now}`);
    expect(text).not.toMatch(/c1|s1|amount/);
  });

  it('goes on from where a browser was before', async () => {
    const clinic = clinicWithOne();
    const front = new Front(clinic);
    const known = newsId({ list: listVersion(await clinic.waiting()) });
    const answer = await front.get('/events?have=old.', { 'Last-Event-ID': known });
    clinic.ask('s1', 'c2', { amount: 2 });
    const text = await heard(answer, 'news');
    front.feed.close();
    expect(text).not.toContain(`id: ${known}`);
  });

  it('tells the one too many to come later', async () => {
    const front = new Front(clinicWithOne());
    const open = [await front.get('/events'), await front.get('/events')];
    const answer = await front.get('/events');
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '30']);
    for (const { body } of open) await body?.cancel();
    front.feed.close();
  });
});
