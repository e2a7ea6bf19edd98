/** What `holdfast desk` was told, checked: a desk that would take acts from people it does not know is not started. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { UsageError } from '../report-error';
import { whoAmI } from '../who-am-i';
import { readTokens, TOKENS_VARIABLE, type TokenHolder } from './tokens';

export interface DeskFlags {
  readonly port?: string;
  readonly bind?: string;
  readonly host?: readonly string[];
  readonly userHeader?: string;
  readonly rolesHeader?: string;
  /** True: from this machine only. */
  readonly trustProxy?: boolean | readonly string[];
  readonly tenant?: string;
  readonly signingKeys?: string;
  /** Minutes. */
  readonly idle?: string;
}

/** How the desk knows who is in front of it. */
export type DeskAuth =
  /** Whoever uses this machine: its user. */
  | { readonly kind: 'os_user'; readonly name: string }
  | {
      readonly kind: 'proxy';
      readonly userHeader: string;
      readonly rolesHeader?: string;
      /** Addresses that the headers are believed from. */
      readonly trusted: BlockList;
    }
  | { readonly kind: 'tokens'; readonly people: readonly TokenHolder[]; readonly idleMs: number };

export interface DeskSettings {
  readonly bind: string;
  readonly port: number;
  /** Further names that browsers may know the desk by, beside those of this machine. Lower case, some with a port. */
  readonly hosts: readonly string[];
  readonly auth: DeskAuth;
  readonly tenant?: string;
  /** Folder. */
  readonly signingKeys?: string;
}

export const DESK_PORT = 8240;
const HEADER_NAME = /^[A-Za-z0-9-]{1,100}$/;
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** @throws UsageError that says what was expected. */
export function readDeskSettings(
  flags: DeskFlags,
  env: Readonly<Record<string, string | undefined>>,
  osUser = whoAmI(),
): DeskSettings {
  const { bind = '127.0.0.1', tenant, signingKeys } = flags;
  if (isIP(bind) === 0) throw new UsageError(`--bind takes an IP address such as 127.0.0.1, got ${quoted(bind)}`);
  const hosts = (flags.host ?? []).map(readHost);
  const auth = readAuth(flags, env, osUser);
  if (auth.kind === 'os_user') refuseOpenDesk(bind, hosts);
  if (tenant === '') throw new UsageError('--tenant is empty');
  return {
    bind,
    port: readWhole('--port', flags.port, DESK_PORT, 0, 65_535),
    hosts,
    auth,
    ...(tenant === undefined ? {} : { tenant }),
    ...(signingKeys === undefined ? {} : { signingKeys }),
  };
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}

const HOW_TO_KNOW = `give --user-header <name> and --trust-proxy behind a reverse proxy that signs people in, or ${TOKENS_VARIABLE} for signing in with tokens`;

function refuseOpenDesk(bind: string, hosts: readonly string[]): void {
  if (!isLoopback(bind))
    throw new UsageError(`--bind ${bind} would let everybody who reaches this machine decide: ${HOW_TO_KNOW}`);
  // Another name than this machine's own means that something forwards to it.
  if (hosts.length > 0) throw new UsageError(`--host without knowing who comes: ${HOW_TO_KNOW}`);
}

function readAuth(
  flags: DeskFlags,
  env: Readonly<Record<string, string | undefined>>,
  osUser: string | undefined,
): DeskAuth {
  const { userHeader, rolesHeader, trustProxy } = flags;
  const tokens = env[TOKENS_VARIABLE];
  if (flags.idle !== undefined && !tokens) throw new UsageError(`--idle is taken with ${TOKENS_VARIABLE} only`);
  if (userHeader !== undefined) {
    if (tokens) throw new UsageError(`--user-header and ${TOKENS_VARIABLE} both say who people are: give one`);
    if (!trustProxy)
      throw new UsageError(
        '--user-header is believed from a reverse proxy only, since anybody else could write it too: add --trust-proxy',
      );
    for (const each of [userHeader, rolesHeader ?? userHeader])
      if (!HEADER_NAME.test(each)) throw new UsageError(`${quoted(each)} is no name of a header`);
    return {
      kind: 'proxy',
      userHeader,
      ...(rolesHeader === undefined ? {} : { rolesHeader }),
      trusted: readTrusted(trustProxy),
    };
  }
  if (rolesHeader !== undefined || trustProxy)
    throw new UsageError('--roles-header and --trust-proxy are taken with --user-header only');
  if (tokens) {
    const idleMs = readWhole('--idle', flags.idle, 30, 1, 1_440) * 60_000;
    return { kind: 'tokens', people: readTokens(tokens), idleMs };
  }
  if (osUser === undefined) throw new UsageError(`the user of this machine has no name: ${HOW_TO_KNOW}`);
  return { kind: 'os_user', name: osUser };
}

function readTrusted(given: true | readonly string[]): BlockList {
  const trusted = new BlockList();
  if (given === true || given.length === 0) {
    trusted.addSubnet('127.0.0.0', 8, 'ipv4');
    trusted.addAddress('::1', 'ipv6');
    return trusted;
  }
  for (const each of given) {
    const [address = '', bits] = each.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    if (isIP(address) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)))
      throw new UsageError(`--trust-proxy takes addresses such as 10.0.0.7 or 10.0.0.0/8, got ${quoted(each)}`);
    trusted.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return trusted;
}

function readHost(given: string): string {
  const host = given.toLowerCase();
  if (!HOST_NAME.test(host))
    throw new UsageError(`--host takes a name as browsers send it, e.g. desk.example.com, got ${quoted(given)}`);
  return host;
}

function readWhole(flag: string, text: string | undefined, otherwise: number, least: number, most: number): number {
  const value = Number(text ?? otherwise);
  if (Number.isInteger(value) && value >= least && value <= most && text !== '') return value;
  throw new UsageError(`${flag} takes a whole number of ${least} to ${most}, got ${quoted(text ?? '')}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
