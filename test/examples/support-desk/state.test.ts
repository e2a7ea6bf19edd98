/** What crosses from agent to agent of the own part of the state: only what the other one knows, and always something that it takes. */
import type { Agent } from '../../../agents';
import { supportDesk } from '../../../examples/support-desk/agents';
import { openShop } from '../../../examples/support-desk/shop';
import type { JsonObject } from '../../../workflows/contracts/json';

const agents = new Map(supportDesk(openShop(':memory:'), 'http://127.0.0.1:9').map((agent) => [agent.name, agent]));
const CUSTOMER = { customer_id: 501, name: 'Nadia Berger' };

/** The fullest own part that each agent can have. */
const OWN: Readonly<Record<string, JsonObject>> = {
  triage: { customer: CUSTOMER, topic: 'a lamp' },
  orders: { customer: CUSTOMER, order: 70001, item: 'MUGS-4', address: '7 Canal Street' },
  refunds: { customer: CUSTOMER, order: 70002, item: 'LAMP-2', reason: 'broken' },
};

const targets = (name: string) => {
  const agent = agents.get(name) as Agent;
  return [...agent.handoffs.values(), ...agent.delegates.values()];
};

function handed(from: string, to: string, own: JsonObject): unknown {
  const target = targets(from).find((one) => one.to === to);
  if (!target) throw new Error(`${from} does not hand anything to ${to}`);
  return agents.get(to)?.state?.parse(target.map?.(own));
}

test.each(Object.keys(OWN))('what %s hands on is taken, whether all is known or nothing', (from) => {
  for (const { to } of targets(from)) {
    expect(() => handed(from, to, OWN[from] ?? {})).not.toThrow();
    expect(() => handed(from, to, {})).not.toThrow();
  }
});

test.each([
  ['triage', 'orders', { customer: CUSTOMER }],
  ['triage', 'researcher', { customer: CUSTOMER }],
  ['triage', 'writer', { recipient: 'Nadia Berger' }],
  ['orders', 'refunds', { customer: CUSTOMER, order: 70001, item: 'MUGS-4' }],
  ['refunds', 'orders', { customer: CUSTOMER, order: 70002, item: 'LAMP-2' }],
  ['refunds', 'triage', { customer: CUSTOMER }],
])('%s to %s: %j', (from, to, expected) => {
  expect(handed(from, to, OWN[from] ?? {})).toEqual(expected);
});

test('what is handed back as it is, is taken too', () => {
  for (const [from, own] of Object.entries(OWN)) {
    for (const [to, { state }] of agents)
      expect({ from, to, taken: state?.safeParse(own).success }).toMatchObject({ taken: true });
  }
});
