/** Keys that the desk signs decisions with, for the people they belong to: files `<name>.jwk.json` of one folder, read at the start. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DecisionSigner } from '../../client';
import { signerFromJwk } from '../../client/sign-decision';
import { UsageError } from '../report-error';

const SUFFIX = '.jwk.json';

export class SigningKeys {
  /** @param signers by the name of the person. A name that comes with a request is only ever looked up here, never made into a path. */
  constructor(private readonly signers: ReadonlyMap<string, DecisionSigner> = new Map()) {}

  signerOf(name: string): DecisionSigner | undefined {
    return this.signers.get(name);
  }

  get names(): readonly string[] {
    return [...this.signers.keys()];
  }
}

/** @param folder absent: no keys. @throws UsageError that says which file cannot be used. */
export function readSigningKeys(folder: string | undefined): SigningKeys {
  if (folder === undefined) return new SigningKeys();
  let files: readonly string[];
  try {
    files = readdirSync(folder).filter((file) => file.endsWith(SUFFIX));
  } catch {
    throw new UsageError('--signing-keys takes a folder that can be read, with files such as ada.jwk.json');
  }
  const signers = new Map<string, DecisionSigner>();
  for (const file of files) {
    try {
      const jwk = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Parameters<typeof signerFromJwk>[0];
      const name = file.slice(0, -SUFFIX.length);
      signers.set(name, signerFromJwk(jwk, name));
    } catch {
      // Without what was read: it may be a part of a key.
      throw new UsageError(`--signing-keys: ${JSON.stringify(file)} is no private key as a JWK (Ed25519 or P-256)`);
    }
  }
  return new SigningKeys(signers);
}
