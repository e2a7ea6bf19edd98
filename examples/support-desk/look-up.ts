/** The tools that only read: an order, what happened to it, and the shop's policy. */
import { z } from 'zod';
import { defineTool } from '../../agents';
import { OrderNumber } from './arguments';
import { ownOrder } from './own-order';
import type { Shop } from './shop';
import { ARTICLES } from './shop-seed';
import { orderForModel, standing } from './words';

export function lookUpOrder(shop: Shop) {
  return defineTool({
    name: 'look_up_order',
    effect: 'read',
    description: 'Looks an order of the user up: where it stands, where it goes, what is in it and what was paid.',
    input: z.object({ order_number: OrderNumber }),
    timeout: '10s',
    usesState: true,
    summary: ({ order_number }) => String(order_number),
    run: async ({ order_number }, { session, state }) => {
      const order = await ownOrder(shop, session, order_number);
      state?.patch({ order: order_number });
      state?.establish(`Order ${order_number} is ${standing(order.status)}.`, `order ${order_number}`);
      return orderForModel(order);
    },
  });
}

export function orderHistory(shop: Shop) {
  return defineTool({
    name: 'order_history',
    effect: 'read',
    description: 'Lists what happened to an order of the user, day by day.',
    input: z.object({ order_number: OrderNumber }),
    timeout: '10s',
    summary: ({ order_number }) => String(order_number),
    run: async ({ order_number }, { session }) => {
      await ownOrder(shop, session, order_number);
      const events = await shop.history(order_number);
      return { source: `order ${order_number}`, events: events.map(({ day, text }) => `${day}: ${text}`) };
    },
  });
}

export const findArticles = defineTool({
  name: 'find_articles',
  effect: 'read',
  description: "Finds articles of the shop's policy by words, the closest first.",
  input: z.object({ words: z.string().min(2).max(200) }),
  timeout: '10s',
  run: ({ words }) => {
    const wanted = words.toLowerCase().split(/\W+/).filter(Boolean);
    const score = (text: string): number => wanted.filter((word) => text.toLowerCase().includes(word)).length;
    return {
      articles: ARTICLES.map((one) => ({ ...one, hits: score(`${one.title} ${one.text}`) }))
        .filter(({ hits }) => hits > 0)
        .sort((one, other) => other.hits - one.hits)
        .slice(0, 3)
        .map(({ article, title, text }) => ({ article, title, text })),
    };
  },
});
