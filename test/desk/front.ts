/** A desk that listens to nothing: requests go to it as a browser would send them. */
import { BlockList } from 'node:net';
import { deskApp } from '../../cli/desk/app';
import { Feed } from '../../cli/desk/feed';
import { People } from '../../cli/desk/people';
import type { DeskAuth } from '../../cli/desk/settings';
import type { DeskSource } from '../../cli/desk/source';
import { START } from './clinic';

export const HOST = '127.0.0.1:8240';
export const ORIGIN = `http://${HOST}`;
export const OS_USER: DeskAuth = { kind: 'os_user', name: 'ada' };

/** Believes the headers of this machine. */
export function behindProxy(rolesHeader?: string): DeskAuth {
  const trusted = new BlockList();
  trusted.addAddress('127.0.0.1', 'ipv4');
  return { kind: 'proxy', userHeader: 'X-Forwarded-User', rolesHeader, trusted };
}

export class Front {
  /** ms since the epoch. */
  time = START;
  readonly feed: Feed;
  readonly #app;
  #cookie: string | undefined;

  constructor(
    source: DeskSource,
    auth: DeskAuth = OS_USER,
    private readonly from = '127.0.0.1',
    hosts: readonly string[] = [],
  ) {
    this.feed = new Feed(source, { everyMs: 20, mostPages: 2 });
    const now = (): number => this.time;
    this.#app = deskApp({ source, people: new People(auth, now), feed: this.feed, hosts, now });
  }

  /** The cookie that the browser has, as `name=value`. */
  get cookie(): string | undefined {
    return this.#cookie;
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.send(path, { headers });
  }

  /** The text of a page that was found. */
  async page(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await this.get(path, headers);
    if (answer.status !== 200) throw new Error(`${path} is answered ${answer.status}: ${await answer.text()}`);
    return answer.text();
  }

  /** As a form of a page of the desk. Headers that are undefined are left out. */
  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Response> {
    const sent: Record<string, string | undefined> = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'same-origin',
      Origin: ORIGIN,
      ...headers,
    };
    return this.send(path, {
      method: 'POST',
      headers: Object.fromEntries(Object.entries(sent).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]]))),
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** The hidden fields of the form that is sent to `path`, as a page has them. */
  async fieldsOf(page: string, action: string): Promise<Record<string, string>> {
    const form = formsOf(await this.page(page)).find((each) => each.action === action);
    if (!form) throw new Error(`${page} has no form for ${action}`);
    return form.hidden;
  }

  /** Fills in the form of a page and sends it. */
  async fillIn(page: string, action: string, typed: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.post(action, { ...(await this.fieldsOf(page, action)), ...typed });
  }

  private async send(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const headers = { Host: HOST, ...(this.#cookie === undefined ? {} : { Cookie: this.#cookie }), ...init.headers };
    const env = { incoming: { socket: { remoteAddress: this.from } } };
    const answer = await this.#app.request(`${ORIGIN}${path}`, { ...init, headers }, env);
    const given = answer.headers.get('Set-Cookie')?.split(';')[0];
    if (given !== undefined) this.#cookie = given;
    return answer;
  }
}

export interface Form {
  readonly action: string;
  readonly hidden: Record<string, string>;
}

export function formsOf(page: string): readonly Form[] {
  return [...page.matchAll(/<form method="post" action="([^"]*)"[\s\S]*?<\/form>/g)].map(([form, action = '']) => ({
    action,
    hidden: Object.fromEntries(
      [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    ),
  }));
}
