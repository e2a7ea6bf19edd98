/** What the demo needs around the session: the shop and the payment service beside what every demo needs. */
import path from 'node:path';
import type { Cleanup } from '../../demo/cleanup';
import { demoFolder, setDemoStage, type DemoStage } from '../../demo/stage';
import { startPayments, type Payments } from '../payments/service';
import { openShop } from '../shop';

export interface Stage extends DemoStage {
  readonly shopFile: string;
  /** In this process, which nobody kills. */
  readonly payments: Payments;
}

export async function setStage(live: boolean, cleanup: Cleanup): Promise<Stage> {
  const folder = demoFolder(cleanup);
  const shopFile = path.join(folder, 'shop.sqlite');
  openShop(shopFile).close();
  const payments = await startPayments({ file: path.join(folder, 'payments.jsonl') });
  cleanup.add('payments', () => payments.close());
  const stage = await setDemoStage(folder, {
    ...{ name: 'support-desk', live, cleanup },
    scriptModule: path.join(__dirname, '..', 'script.js'),
    env: { SUPPORT_DESK_SHOP: shopFile, SUPPORT_DESK_PAYMENTS_URL: payments.url },
  });
  return { ...stage, shopFile, payments };
}
