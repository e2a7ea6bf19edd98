/** Who is in front of the desk: said by the machine, by a reverse proxy, or by a sign-in that the browser has an id of. */
import type { IncomingMessage } from 'node:http';
import { isIPv6, type BlockList } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { FailedAttempts } from './attempts';
import { FormTokens, isBrowserId, mintBrowserId } from './browser-id';
import { isForwarded, isLoopbackHost, ownPath } from './guards';
import { comeAgainPage } from './pages/sign-in';
import type { DeskAuth } from './settings';
import { SignedIn } from './signed-in';
import type { Person } from './source';
import { holderOf } from './tokens';

export interface DeskEnv {
  readonly Bindings: { readonly incoming?: Pick<IncomingMessage, 'socket'> };
  readonly Variables: {
    /** Absent: somebody has to sign in first. */
    person?: Person;
    /** Id of the browser. */
    browser: string;
    /** What forms of this page carry. */
    formToken: string;
  };
}

export type DeskContext = Context<DeskEnv>;

/** Set by the desk's script where a page keeps itself up to date: nobody did anything. */
export const LIVE_HEADER = 'X-Desk-Live';

const MAX_NAME_CHARS = 200;

export type Who =
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'refused'; readonly problem: string };

export class People {
  readonly #forms = new FormTokens();
  readonly #signedIn: SignedIn;
  readonly #attempts: FailedAttempts;

  constructor(
    private readonly auth: DeskAuth,
    now: () => number,
  ) {
    this.#signedIn = new SignedIn(auth.kind === 'tokens' ? auth.idleMs : 0, now);
    this.#attempts = new FailedAttempts(now);
  }

  /** True: there is a way out, and a page to sign in with. */
  get signsIn(): boolean {
    return this.auth.kind === 'tokens';
  }

  /** Finds out who it is, and gives the browser an id where it has none. @param refused the page for somebody who cannot be known. */
  middleware(refused: (c: DeskContext, problem: string) => Response | Promise<Response>): MiddlewareHandler<DeskEnv> {
    return async (c, next) => {
      const given = getCookie(c, cookieName(c));
      // From another site browsers keep the cookie back: a new one would take the place of the one that is there.
      const fromElsewhere = ['cross-site', 'same-site'].includes(c.req.header('Sec-Fetch-Site') ?? '');
      if (fromElsewhere && !isBrowserId(given) && c.req.method === 'GET')
        return c.html(comeAgainPage(ownPath(pathOf(c))));
      const browser = isBrowserId(given) ? given : mintBrowserId();
      const who = this.who(c, browser, c.req.header(LIVE_HEADER) === undefined && c.req.path !== '/events');
      if (who.kind === 'refused') return refused(c, who.problem);
      if (who.kind === 'person') c.set('person', who.person);
      this.give(c, browser, browser !== given && c.req.method === 'GET');
      await next();
    };
  }

  /** Who a request is from. @param touch false: nobody did anything, a page looks by itself. */
  who(c: DeskContext, browser: string, touch: boolean): Who {
    const { auth } = this;
    switch (auth.kind) {
      case 'os_user':
        return isForwarded(c.req.raw.headers)
          ? {
              kind: 'refused',
              problem:
                'A proxy forwards to this desk, which takes everybody for the user of its machine. Start it with --user-header and --trust-proxy.',
            }
          : { kind: 'person', person: { name: auth.name } };
      case 'proxy':
        return this.fromProxy(c, auth);
      case 'tokens': {
        const person = this.#signedIn.find(browser, touch);
        return person ? { kind: 'person', person } : { kind: 'nobody' };
      }
    }
  }

  /** Whether a form was made for this browser and this person by this desk. */
  isOwnForm(c: DeskContext, token: string | null): boolean {
    return this.#forms.isValid(token, c.get('browser'), c.get('person')?.name ?? '');
  }

  /** @returns `wait`: too many wrong ones came before. */
  signIn(c: DeskContext, token: string): Person | 'wrong' | 'wait' {
    if (this.auth.kind !== 'tokens') return 'wrong';
    const from = addressOf(c) ?? '';
    if (this.#attempts.tooMany(from)) return 'wait';
    const person = holderOf(token, this.auth.people);
    if (!person) {
      this.#attempts.add(from);
      return 'wrong';
    }
    // Another id than before: somebody may have put that one into this browser.
    const browser = mintBrowserId();
    this.#signedIn.add(browser, person);
    this.give(c, browser, true);
    return person;
  }

  signOut(c: DeskContext): void {
    this.#signedIn.remove(c.get('browser'));
    this.give(c, mintBrowserId(), true);
  }

  private fromProxy(c: DeskContext, auth: Extract<DeskAuth, { kind: 'proxy' }>): Who {
    const address = addressOf(c);
    if (address === undefined || !isTrusted(address, auth.trusted))
      return { kind: 'refused', problem: 'This desk takes requests from its reverse proxy only.' };
    const name = decoded(c.req.header(auth.userHeader));
    // More than one of these headers arrive as one, with a comma.
    if (name === undefined || name === '' || name.length > MAX_NAME_CHARS || /[\p{Cc},]/u.test(name))
      return { kind: 'refused', problem: `The reverse proxy does not say who you are (header ${auth.userHeader}).` };
    const roles = auth.rolesHeader === undefined ? undefined : decoded(c.req.header(auth.rolesHeader));
    return {
      kind: 'person',
      person: {
        name,
        ...(roles === undefined
          ? {}
          : {
              roles: roles
                .split(/[,;]/)
                .map((role) => role.trim())
                .filter((role) => role !== ''),
            }),
      },
    };
  }

  private give(c: DeskContext, browser: string, isNew: boolean): void {
    c.set('browser', browser);
    c.set('formToken', this.#forms.of(browser, c.get('person')?.name ?? ''));
    if (!isNew) return;
    const secure = isSecure(c);
    setCookie(c, cookieName(c), browser, { httpOnly: true, sameSite: 'Strict', path: '/', secure });
  }
}

/** Of a browser on this machine nothing is demanded: there is no network that could read along. */
function isSecure(c: DeskContext): boolean {
  return !isLoopbackHost(c.req.header('Host') ?? '');
}

/** With the prefix, browsers take the cookie from this very host only. */
function cookieName(c: DeskContext): string {
  return isSecure(c) ? '__Host-holdfast-desk' : 'holdfast-desk';
}

/** Of this desk, with what was asked for. */
export function pathOf(c: DeskContext): string {
  const { pathname, search } = new URL(c.req.url);
  return `${pathname}${search}`;
}

function addressOf(c: DeskContext): string | undefined {
  return c.env?.incoming?.socket.remoteAddress;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return trusted.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/** Headers come byte by byte; proxies write names in UTF-8. */
function decoded(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1')).trim();
  } catch {
    return '';
  }
}
