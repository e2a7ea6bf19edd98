/**
 * What `holdfast dev` and `holdfast worker` run: `holdfast worker dist/examples/support-desk/worker.js`. Opening the shop here, before anything is polled, makes
 * sure that its tables are there when the first tool writes to them.
 */
import type { Agent } from '../../agents';
import { startScriptedOpenAI } from '../../testing';
import { supportDesk } from './agents';
import { paymentsAddress, shopFile } from './places';
import { script } from './script';
import { openShop } from './shop';
import { SHOP_LEDGER } from './shop-ledger';

/** A person reads along: an answer that is there at once looks as if nobody had been asked. */
const THINKING_MS = 150;

const shop = openShop(shopFile());

export const agents: Promise<readonly Agent[]> = open();

/** The shop's own file is where its ledger lives. */
export const ledgers = { [SHOP_LEDGER.name]: shop.file };

async function open(): Promise<readonly Agent[]> {
  await withModel();
  const payments = await paymentsAddress(shop.file, say);
  return supportDesk(shop, payments, process.env.SUPPORT_DESK_MODEL || undefined);
}

/** Without a key nobody could be asked: a scripted model takes the provider's place, and says so to whoever talks to it. */
async function withModel(): Promise<void> {
  if (process.env.OPENAI_API_KEY) return;
  const model = await startScriptedOpenAI({ script, latencyMs: THINKING_MS, background: true });
  process.env.OPENAI_BASE_URL = model.url;
  process.env.OPENAI_API_KEY = 'scripted';
  say(
    'support desk: OPENAI_API_KEY is not set, so a scripted model answers; tokens and costs are what the real one would have taken',
  );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
