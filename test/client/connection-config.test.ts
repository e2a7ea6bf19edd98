import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadConfig } from '../../client';
import { isLoopback, loadConnectionConfig, splitAddress } from '../../client/connection-config';

describe('an address', () => {
  it.each([
    ['localhost', { host: 'localhost', port: 7233 }],
    ['temporal.example:443', { host: 'temporal.example', port: 443 }],
    ['127.0.0.1:7233', { host: '127.0.0.1', port: 7233 }],
    ['[::1]:80', { host: '::1', port: 80 }],
  ])('%s is read', (address, parts) => {
    expect(splitAddress(address)).toEqual(parts);
  });

  it.each(['', 'http://localhost', 'localhost:0', 'localhost:70000', 'a b:1', '::1', 'host:port'])(
    '%j is refused',
    (address) => {
      expect(() => splitAddress(address)).toThrow(BadConfig);
    },
  );

  it('is on this machine, or not', () => {
    for (const address of ['localhost:1', '127.0.0.1:1', '127.1.2.3', '[::1]:1'])
      expect(isLoopback(address)).toBe(true);
    for (const address of ['localhost.example:1', '10.0.0.1:1', '127.0.0.1.example:1'])
      expect(isLoopback(address)).toBe(false);
  });
});

describe('the configuration', () => {
  const before = { ...process.env };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'));
    for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) delete process.env[name];
    process.env.TEMPORAL_CONFIG_FILE = join(folder, 'temporal.toml');
    writeFileSync(
      process.env.TEMPORAL_CONFIG_FILE,
      '[profile.default]\naddress = "file.example:1"\n[profile.cloud]\naddress = "cloud.example:2"\nnamespace = "clinic"\napi_key = "secret"\n',
    );
  });
  afterEach(() => {
    process.env = before;
    rmSync(folder, { recursive: true, force: true });
  });

  it('comes from options, then the environment, then the file', () => {
    expect(loadConnectionConfig()).toMatchObject({ address: 'file.example:1', namespace: 'default' });
    process.env.TEMPORAL_ADDRESS = 'env.example';
    process.env.TEMPORAL_NAMESPACE = 'from-env';
    expect(loadConnectionConfig()).toMatchObject({ address: 'env.example:7233', namespace: 'from-env' });
    expect(loadConnectionConfig({ address: 'flag.example:3', namespace: 'mine' })).toMatchObject({
      address: 'flag.example:3',
      namespace: 'mine',
    });
  });

  it('takes a profile, with TLS where there is an API key', () => {
    expect(loadConnectionConfig({ profile: 'cloud' })).toMatchObject({
      address: 'cloud.example:2',
      namespace: 'clinic',
      connection: { apiKey: 'secret', tls: true },
    });
    expect(loadConnectionConfig({ apiKey: 'other' }).connection).toMatchObject({ apiKey: 'other', tls: true });
    expect(loadConnectionConfig().connection.tls).toBeUndefined();
  });

  it('refuses a profile that is not there, and a file that is none, without its secrets', () => {
    expect(() => loadConnectionConfig({ profile: 'nope' })).toThrow(/Temporal's client configuration cannot be used/);
    writeFileSync(join(folder, 'temporal.toml'), '[profile.default]\napi_key = "secret');
    const refusal = tried(() => loadConnectionConfig());
    expect(refusal).toBeInstanceOf(BadConfig);
    expect(String(refusal)).not.toContain('secret');
  });
});

function tried(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
