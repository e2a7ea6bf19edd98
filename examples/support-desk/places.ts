/** Where the shop and the payment service are: `SUPPORT_DESK_SHOP` and `SUPPORT_DESK_PAYMENTS_URL`, else beside one another in the user's data folder. */
import path from 'node:path';
import { dataDir } from '../../worker/data-dir';
import { startPayments } from './payments/service';

/** @returns an absolute path. */
export function shopFile(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SUPPORT_DESK_SHOP) return path.resolve(env.SUPPORT_DESK_SHOP);
  return path.join(dataDir(env), 'support-desk', 'shop.sqlite');
}

/**
 * Where the address is not set, a stand-in is started in this process, with its journal beside the shop.
 * @returns the address, without a slash at its end. @param say told once that the stand-in is used.
 */
export async function paymentsAddress(
  file: string,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  if (env.SUPPORT_DESK_PAYMENTS_URL) return env.SUPPORT_DESK_PAYMENTS_URL.replace(/\/+$/, '');
  const journal = path.join(path.dirname(file), 'payments.jsonl');
  const { url } = await startPayments({ file: journal, background: true });
  say(
    `support desk: SUPPORT_DESK_PAYMENTS_URL is not set, so a stand-in in this process, at ${url}, pays back; what it did is in ${journal}`,
  );
  return url;
}
