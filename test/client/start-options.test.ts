import { buildStart } from '../../client/start-options';
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts';

const defaults = { taskQueue: 'q' };

describe('what starts a session', () => {
  it('carries its limits, and says them to people who look at it in the Web UI', () => {
    const limits = {
      steps: 20,
      turn: { wallClockMs: 90_000 },
      session: { microUsd: 500_000, toolFailures: 8 },
      onLimit: 'ask',
      askMs: 3_600_000,
    } as const;
    const continueAfter = { updates: 100 };
    const start = buildStart('s-1', { agent: 'desk', user: 'ada', limits, continueAfter }, defaults);
    const searchAttributes = Object.keys(SEARCH_ATTRIBUTES);
    expect(start.args).toEqual([{ v: 1, agent: 'desk', user: 'ada', limits, continueAfter, searchAttributes }]);
    expect(start.staticDetails?.split('\n')).toEqual([
      '- agent: desk',
      '- mode: conversation',
      '- user: ada',
      '- limit turn.steps: 20 steps',
      '- limit turn.wallClockMs: 1 min 30 s',
      '- limit session.microUsd: \\$0.5000',
      '- limit session.toolFailures: 8 failed tool calls',
      '- where a limit is met: ask, for at most 1 h',
    ]);
  });

  it('carries what becomes of messages that come while a turn runs', () => {
    const { args } = buildStart('s-1', { agent: 'desk', messages: 'steer' }, { taskQueue: 'q', searchAttributes: [] });
    expect(args).toEqual([{ v: 1, agent: 'desk', messages: 'steer', searchAttributes: [] }]);
  });

  it('is found from the start by what is known of it, as far as its namespace has the attributes', () => {
    const found = (searchAttributes?: readonly string[]) => {
      const options = { agent: 'desk', tenant: 'north', user: 'ada' };
      const { typedSearchAttributes: attributes = [] } = buildStart('s-1', options, { ...defaults, searchAttributes });
      const pairs = Array.isArray(attributes) ? attributes : attributes.getAll();
      return pairs.map(({ key, value }) => [key.name, key.type, value]);
    };
    expect(found()).toEqual([
      ['HoldfastAgent', 'KEYWORD', 'desk'],
      ['HoldfastStatus', 'KEYWORD', 'running'],
      ['HoldfastTenant', 'KEYWORD', 'north'],
      ['HoldfastUser', 'KEYWORD', 'ada'],
    ]);
    expect(found(['HoldfastStatus'])).toEqual([['HoldfastStatus', 'KEYWORD', 'running']]);
  });

  it('is refused in words before anything is sent', () => {
    const start = (limits: object) => () => buildStart('s-1', { agent: 'desk', limits }, defaults);
    expect(start({ session: { microUsd: 0.5 } })).toThrow('limits.session.microUsd must be');
    expect(start({ turn: { tokens: 2 }, session: { tokens: 1 } })).toThrow('above limits.session.tokens');
    expect(() => buildStart('s-1', { agent: 'desk', messages: 'shout' as 'queue' }, defaults)).toThrow(
      'messages must be one of: queue, steer, interrupt',
    );
    expect(() => buildStart('s-1', { agent: 'desk', continueAfter: { events: 1 } }, defaults)).toThrow(
      'continueAfter.events must be',
    );
  });
});
