/** What tokens cost: as the agent declares it, else by the price table of genai-prices. A model that is in neither is `unpriced`, which is never 0. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import type { ModelPrice, ModelSpec } from '../../agents/model-spec';
import { dollars } from '../../workflows/contracts/display';
import type { Cost, Usage } from '../../workflows/contracts/model';

/**
 * @param models names to look up, the best first: as the provider named it, then as the agent asked for it.
 * @param declared the agent's own price, which comes before the table's.
 */
export function priceOf(usage: Usage, models: readonly string[], declared?: ModelPrice): Cost {
  if (declared) return { kind: 'priced', microUsd: declaredCost(usage, declared) };
  for (const model of models) {
    try {
      const price = calcPrice(
        {
          input_tokens: usage.inputTokens,
          output_tokens: usage.outputTokens,
          ...(usage.cachedInputTokens === undefined ? {} : { cache_read_tokens: usage.cachedInputTokens }),
        },
        model,
        { provider: providerOf(model) },
      );
      if (price && Number.isFinite(price.total_price) && price.total_price >= 0) {
        return { kind: 'priced', microUsd: Math.round(price.total_price * 1_000_000) };
      }
    } catch {
      // The table does not know how to price this model: the next name, or unpriced.
    }
  }
  return { kind: 'unpriced' };
}

function declaredCost({ inputTokens, outputTokens, cachedInputTokens: cached = 0 }: Usage, price: ModelPrice): number {
  const input = price.inputMicroUsdPerMillionTokens;
  const millionths =
    (inputTokens - cached) * input +
    cached * (price.cachedInputMicroUsdPerMillionTokens ?? input) +
    outputTokens * price.outputMicroUsdPerMillionTokens;
  return Math.round(millionths / 1_000_000);
}

/** Whether money can be bounded for a model. */
export function hasPrice(model: ModelSpec): boolean {
  return priceOf({ inputTokens: 1, outputTokens: 1 }, [model.name], model.price).kind === 'priced';
}

/** Finding a model's provider means matching its name against every pattern of the table; a worker prices a few models, often. */
const providers = new Map<string, ReturnType<typeof findProvider>>();
const MAX_PROVIDERS = 1_000;

function providerOf(model: string): ReturnType<typeof findProvider> {
  if (!providers.has(model)) {
    // Names come from answers too, so there is no end to them.
    if (providers.size >= MAX_PROVIDERS) providers.clear();
    providers.set(model, findProvider({ modelId: model }));
  }
  return providers.get(model);
}

/** `$0.0012`, or `unpriced`. */
export function costText(cost: Cost): string {
  return cost.kind === 'unpriced' ? 'unpriced' : dollars(cost.microUsd);
}

let source: string | undefined;

/** Where the prices came from, e.g. `genai-prices 0.1.8`. */
export function priceSource(declared?: ModelPrice): string {
  if (declared) return 'declared by the agent';
  if (source === undefined) {
    try {
      const manifest = join(dirname(require.resolve('@pydantic/genai-prices')), '..', 'package.json');
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      source = `genai-prices ${version}`;
    } catch {
      source = 'genai-prices';
    }
  }
  return source;
}
