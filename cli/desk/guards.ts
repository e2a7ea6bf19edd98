/** What every request meets before anything else: by which name the desk was asked for, and from which page. */
import type { MiddlewareHandler } from 'hono';
import { isLoopback } from './settings';

/** Nothing is loaded from elsewhere, nothing in a page runs but the desk's own script, and no other page may show it in a frame. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Not `no-referrer`: with that, browsers say "Origin: null" with the desk's own forms, and where they come from could not be told.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

export const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
};

/**
 * Whether a Host header is one of the desk's names. A page of another site whose name was made to point here (DNS rebinding) has another.
 * @param hosts further names, lower case; one without a port is taken with any.
 */
export function isKnownHost(host: string | undefined, hosts: readonly string[]): boolean {
  if (host === undefined) return false;
  const given = host.toLowerCase();
  const name = given.replace(/:\d{1,5}$/, '');
  return isLoopbackHost(given) || hosts.includes(given) || hosts.includes(name);
}

/** Whether a Host header names this machine itself. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
  return name === 'localhost' || name === '[::1]' || isLoopback(name);
}

/** A path of this desk, or its first page: anything else would lead a browser to another site. */
export function ownPath(given: string | null | undefined): string {
  return given && /^\/(?![/\\])[\x21-\x7e]*$/.test(given) && !given.startsWith('/sign-') ? given : '/';
}

/** Whether a proxy passed the request on. */
export function isForwarded(headers: Headers): boolean {
  return [...headers.keys()].some((name) => /^(?:forwarded|via|x-real-ip|x-forwarded-.+)$/i.test(name));
}

/**
 * Whether a request that changes something was made by a page of the desk. Browsers say so, each in one of two ways or in both; what says nothing is not a
 * browser's form.
 */
export function isOwnPage(headers: Headers): boolean {
  const site = headers.get('Sec-Fetch-Site');
  const origin = headers.get('Origin');
  if (site === null && origin === null) return false;
  if (site !== null && site !== 'same-origin') return false;
  return origin === null || isOriginOf(origin, headers.get('Host'));
}

/** By host alone: behind a proxy that ends TLS the desk does not know by which scheme it was asked for. */
function isOriginOf(origin: string, host: string | null): boolean {
  return host !== null && URL.canParse(origin) && new URL(origin).host === new URL(`http://${host}`).host;
}
