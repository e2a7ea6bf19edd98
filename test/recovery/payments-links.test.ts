/** The link between worker and ledger, payment service or provider loses everything for a while, each in turn, under sessions that pay. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually';
import { audit, inWords, type Intent } from '../support/payments/audit';
import { openLink, viaLink, type NetworkLink } from '../support/payments/network-link';
import { sendFirst, untilAllAnswered } from '../support/payments/person';
import { FULL } from '../support/payments/scale';
import type { Step } from '../support/payments/script';
import { openPaymentsStage, type PaymentsStage } from '../support/payments/stage';
import { sharedPostgresUrl } from '../support/postgres';

/** Longer than a lease and a heartbeat timeout (3 s). */
const AWAY_MS = FULL ? 10_000 : 4_000;
const EACH = FULL ? 20 : 5;
const STEPS: readonly Step[] = ['reconcilable', 'plain', 'transactional', 'idempotent', 'at-most-once'];
const LINKS = ['ledger', 'service', 'provider'] as const;

let stage: PaymentsStage;
let links: Readonly<Record<(typeof LINKS)[number], NetworkLink>>;
beforeAll(async () => {
  const postgres = new URL(sharedPostgresUrl());
  const ledger = await openLink(postgres.hostname, Number(postgres.port));
  stage = await openPaymentsStage({ ledger: 'postgres', ledgerVia: (url) => viaLink(url, ledger), latencyMs: 100 });
  const linkTo = (url: string) => openLink('127.0.0.1', Number(new URL(url).port));
  links = { ledger, service: await linkTo(stage.service.url), provider: await linkTo(stage.model.url) };
  await stage.startWorker({
    env: {
      PAYMENTS_URL: viaLink(stage.service.url, links.service),
      OPENAI_BASE_URL: viaLink(stage.model.url, links.provider),
      PAYMENTS_TIMEOUT: '5s',
    },
  });
});
afterAll(async () => {
  await stage?.close();
  await Promise.all(Object.values(links ?? {}).map((link) => link.close()));
});

test.each(LINKS)(
  'worker and %s lose each other in the middle of payments: each is made once',
  async (which) => {
    const intents = Array.from({ length: EACH }, (_, index): Intent => {
      const first = index % STEPS.length;
      const name = `${which}-${index}`;
      return { name, payments: [{ steps: [...STEPS.slice(first), ...STEPS.slice(0, first)], order: name, cents: 2 }] };
    });
    const sends = intents.map((intent) => sendFirst(stage, intent));
    // In the middle: some have paid, and none has paid everything.
    await untilSomePaid(`${which}-`);
    let answered = 0;
    for (const { result } of sends) void result.then(() => (answered += 1));
    links[which].blackHole();
    await sleep(AWAY_MS);
    // It would prove little if they had all been done by then.
    expect(answered).toBeLessThan(EACH);
    links[which].heal();
    const resolved = await untilAllAnswered(stage, sends);
    const findings = await audit(stage, intents);
    if (findings.length > 0) throw new Error(inWords(findings));
    expect(resolved.map(({ item }) => item.call?.tool)).toEqual(resolved.map(() => 'pay_at_most_once'));
  },
  150_000,
);

async function untilSomePaid(prefix: string): Promise<void> {
  await eventually('some to have paid', () => {
    return stage.service.journal().filter((row) => row.order.startsWith(prefix)).length >= EACH;
  });
}
