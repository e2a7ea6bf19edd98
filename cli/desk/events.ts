/** `GET /events`: server-sent events that tell an open page to look again. They hold no content, only what tells one state from the next. */
import { streamSSE } from 'hono/streaming';
import type { Feed, News } from './feed';
import type { DeskContext, People } from './people';

/** Proxies close connections on which nothing is said for a minute or so. */
const HEARTBEAT_MS = 15_000;

/** @param session of the page; absent: the list. */
export function streamEvents(c: DeskContext, feed: Feed, people: People, heartbeatMs = HEARTBEAT_MS): Response {
  const session = c.req.query('session');
  const subscription = feed.open(session, readNews(c.req.header('Last-Event-ID') ?? c.req.query('have')));
  if (!subscription) return c.text('too many pages are open', 503, { 'Retry-After': '30' });
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (stream) => {
    stream.onAbort(() => subscription.close());
    try {
      await stream.write(': here\n\n');
      while (!subscription.closed && !feed.isClosed && !stream.aborted) {
        const news = await subscription.next(heartbeatMs);
        if (people.who(c, c.get('browser'), false).kind !== 'person') {
          await stream.writeSSE({ event: 'signed_out', data: '{}' });
          return;
        }
        if (news) await stream.writeSSE({ event: 'news', id: newsId(news), data: JSON.stringify(news) });
        else await stream.write(': here\n\n');
      }
    } finally {
      subscription.close();
    }
  });
}

/** One line that a browser gives back when it comes again. */
export function newsId({ list = '', session = '' }: News): string {
  return `${list}.${session}`;
}

function readNews(id: string | undefined): News {
  const [list = '', session = ''] = (id ?? '').slice(0, 100).split('.');
  return { ...(list === '' ? {} : { list }), ...(session === '' ? {} : { session }) };
}
