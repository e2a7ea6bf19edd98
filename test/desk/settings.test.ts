/** What `holdfast desk` refuses to start with. */
import { readDeskSettings, type DeskFlags } from '../../cli/desk/settings';
import { holderOf, readTokens } from '../../cli/desk/tokens';

const TOKENS = JSON.stringify([{ name: 'ada', roles: ['clinic'], token: 'correct-horse-battery-staple' }]);
const withTokens = { HOLDFAST_DESK_TOKENS: TOKENS };

function settingsOf(flags: DeskFlags, env: Readonly<Record<string, string>> = {}) {
  return readDeskSettings(flags, env, 'ada');
}

it('is at home on this machine, for its user, where nothing is said', () => {
  expect(settingsOf({})).toMatchObject({
    bind: '127.0.0.1',
    port: 8240,
    hosts: [],
    auth: { kind: 'os_user', name: 'ada' },
  });
});

it.each<readonly [string, DeskFlags, RegExp]>([
  ['to all addresses', { bind: '0.0.0.0' }, /--bind 0\.0\.0\.0 would let everybody .* HOLDFAST_DESK_TOKENS/],
  ['to all addresses, IPv6', { bind: '::' }, /would let everybody/],
  ['to a name', { bind: 'localhost' }, /--bind takes an IP address/],
  ['behind a proxy that says nothing', { host: ['desk.example.com'] }, /--host without knowing who comes/],
  ['to anybody who writes the header', { userHeader: 'X-Forwarded-User' }, /believed from a reverse proxy only/],
  ['to a proxy without a header', { trustProxy: true }, /taken with --user-header only/],
  ['to roles without people', { rolesHeader: 'X-Roles' }, /taken with --user-header only/],
  ['to a header of no name', { userHeader: 'X User', trustProxy: true }, /is no name of a header/],
  ['to a proxy by name', { userHeader: 'X-User', trustProxy: ['proxy.local'] }, /takes addresses such as/],
  ['to a network that is none', { userHeader: 'X-User', trustProxy: ['10.0.0.0/64'] }, /takes addresses such as/],
  ['on a port that is none', { port: '80a' }, /--port takes a whole number/],
  ['with an end of what nobody begins', { idle: '10' }, /--idle is taken with HOLDFAST_DESK_TOKENS only/],
  ['for no tenant', { tenant: '' }, /--tenant is empty/],
])('does not listen %s', (_to, flags, sentence) => {
  expect(() => settingsOf(flags)).toThrow(sentence);
});

it('listens elsewhere where people are known', () => {
  expect(settingsOf({ bind: '0.0.0.0', host: ['Desk.Example.com'] }, withTokens)).toMatchObject({
    bind: '0.0.0.0',
    hosts: ['desk.example.com'],
    auth: { kind: 'tokens', idleMs: 30 * 60_000 },
  });
  expect(settingsOf({ bind: '::', userHeader: 'X-User', trustProxy: ['10.0.0.0/8'] }).auth.kind).toBe('proxy');
});

it('takes one way to know people, not two', () => {
  expect(() => settingsOf({ userHeader: 'X-User', trustProxy: true }, withTokens)).toThrow(/give one/);
});

it.each([
  ['a path to nothing', '/nowhere/tokens.json', /neither a JSON list nor the path/],
  ['no JSON', '[{"name": "ada", "token": "correct-horse', /is not JSON/],
  ['nobody', '[]', /names nobody/],
  ['a token that could be guessed', '[{"name": "ada", "token": "1234"}]', /fewer than 20 characters/],
  ['no token', '[{"name": "ada"}]', /needs either token or tokenSha256/],
  ['an unknown field', '[{"name": "ada", "password": "x"}]', /password/],
  [
    'one token for two',
    JSON.stringify(['ada', 'ben'].map((name) => ({ name, token: 'correct-horse-battery-staple' }))),
    /two people have the same token/,
  ],
])('refuses tokens with %s, without telling any of them', (_what, given, sentence) => {
  expect(() => readTokens(given)).toThrow(sentence);
  expect(() => readTokens(given)).not.toThrow(/correct-horse/);
});

it('knows people by their tokens, given or hashed', () => {
  const people = readTokens(
    JSON.stringify([
      { name: 'ada', token: 'correct-horse-battery-staple' },
      // sha256 of "another-token-for-ben".
      { name: 'ben', tokenSha256: '06c8c7a594c51dc9c590221fbfef253b36736d98ffbc570ef2a185853b72054e' },
    ]),
  );
  expect(holderOf('correct-horse-battery-staple', people)).toEqual({ name: 'ada' });
  expect(holderOf('correct-horse-battery-stapl', people)).toBeUndefined();
  expect(holderOf('another-token-for-ben', people)).toEqual({ name: 'ben' });
  expect(holderOf('', people)).toBeUndefined();
});
