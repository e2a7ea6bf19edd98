/** What a ledger adds to a tool call: the same empty tool as `read` (no row) and as `idempotent`, by turns, through the real tool activity. */
import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { openLedger } from '../../activities/ledger/open-ledger';
import type { Ledger } from '../../activities/ledger/port';
import { createToolActivity } from '../../activities/tools/tool-activity';
import { createRegistry, defineAgent, defineTool } from '../../agents';
import { TOOL_DEFAULTS, HEARTBEAT_MS } from '../../agents/policies';
import { median, quantile } from '../../testing/median';
import { canonicalJson } from '../../workflows/contracts/json';
import type { EffectClass, ToolCallInput, ToolCallReport } from '../../workflows/contracts/tool';
import { measureBareCommit } from './bare-commit';

/** ms. */
export interface PerCall {
  readonly ledger: string;
  readonly calls: number;
  readonly without: number;
  readonly with: number;
  /** Median of what a call with a row takes beyond the median without. */
  readonly added: number;
  /** The same at the ninetieth of a hundred. */
  readonly addedP90: number;
  /** Medians of the two commits that a call makes: its claim and its outcome. */
  readonly claim: number;
  readonly settle: number;
  /** Median of the least that a durable commit takes there: what the disk, and the server's process, cost without us. */
  readonly bareCommit: number;
}

const WARM_UPS = 50;
const input = z.object({ n: z.int() });
const tool = (effect: 'read' | 'idempotent') =>
  defineTool({
    name: `note_${effect}`,
    description: 'Writes a note down.',
    effect,
    input,
    run: ({ n }) => ({ written: n }),
  });
const AGENT = 'bench';

/** @param calls of each kind. */
export async function measurePerCall(name: string, url: string, calls: number): Promise<PerCall> {
  const opened = await openLedger({ name: 'default', url });
  const timed = timing(opened);
  try {
    const registry = createRegistry([
      defineAgent({ name: AGENT, instructions: 'x', model: 'm', tools: [tool('read'), tool('idempotent')] }),
    ]);
    const activity = createToolActivity({ registry, ledgers: new Map([['default', timed.ledger]]) });
    const once = async (effect: 'read' | 'idempotent', n: number): Promise<number> => {
      const environment = new MockActivityEnvironment({ activityType: `note_${effect}`, activityId: callId(n) });
      const given = inputOf(effect, n, opened);
      const began = performance.now();
      const report = await environment.run<[ToolCallInput], ToolCallReport, typeof activity>(activity, given);
      const took = performance.now() - began;
      if (report.outcome.kind !== 'succeeded') throw new Error(`a call ended ${JSON.stringify(report.outcome)}`);
      return took;
    };
    const took: Record<'read' | 'idempotent', number[]> = { read: [], idempotent: [] };
    for (let n = 0; n < WARM_UPS + calls; n += 1) {
      if (n === WARM_UPS) timed.forget();
      for (const effect of n % 2 === 0 ? (['read', 'idempotent'] as const) : (['idempotent', 'read'] as const)) {
        const ms = await once(effect, n);
        if (n >= WARM_UPS) took[effect].push(ms);
      }
    }
    const without = median(took.read);
    return {
      ledger: name,
      calls,
      without,
      with: median(took.idempotent),
      added: median(took.idempotent) - without,
      addedP90: quantile(took.idempotent, 0.9) - quantile(took.read, 0.9),
      claim: median(timed.claims),
      settle: median(timed.settles),
      bareCommit: await measureBareCommit(url, calls),
    };
  } finally {
    await opened.close();
  }
}

/** The same ledger, with a clock at the two commits of a call. */
function timing(ledger: Ledger) {
  const claims: number[] = [];
  const settles: number[] = [];
  const timed = async <T>(into: number[], work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const result = await work();
    into.push(performance.now() - began);
    return result;
  };
  const proxy = new Proxy(ledger, {
    get(target, name) {
      if (name === 'claimToolCall')
        return (request: Parameters<Ledger['claimToolCall']>[0]) => timed(claims, () => target.claimToolCall(request));
      if (name === 'settleToolCall')
        return (request: Parameters<Ledger['settleToolCall']>[0]) =>
          timed(settles, () => target.settleToolCall(request));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
  const forget = () => {
    claims.length = 0;
    settles.length = 0;
  };
  return { ledger: proxy, claims, settles, forget };
}

const callId = (n: number): string => `t1.s${n}.c1-0a1b2c3d`;

function inputOf(effect: EffectClass, n: number, ledger: Ledger): ToolCallInput {
  const args = { n };
  const { startToCloseMs, attempts, initialIntervalMs, backoff, maxIntervalMs, rolloutWindowMs, maxResultBytes } =
    TOOL_DEFAULTS;
  return {
    agent: AGENT,
    tool: `note_${effect}`,
    callId: callId(n),
    turn: 1,
    step: n,
    sessionId: 'bench-session',
    keyNamespace: 'bench',
    args,
    argsHash: createHash('sha256').update(canonicalJson(args)).digest('hex'),
    policy: {
      effect,
      heartbeatMs: HEARTBEAT_MS.dev,
      startToCloseMs,
      attempts,
      initialIntervalMs,
      backoff,
      maxIntervalMs,
      rolloutWindowMs,
      maxResultBytes,
    },
    ...(effect === 'read' ? {} : { ledger: { name: ledger.name, id: ledger.id } }),
  };
}
