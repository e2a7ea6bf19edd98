/** The dev server's command line. */
import { devServerArgs } from '../../../worker/dev-server/flags';

const IN_MEMORY = { ip: '127.0.0.1', port: 7001, logLevel: 'error' } as const;

/** The values of an option that may be given more than once. */
function values(args: readonly string[], option: string): readonly string[] {
  return args.flatMap((arg, index) => (arg === option ? [args[index + 1] as string] : []));
}

describe('devServerArgs', () => {
  test('in memory, without a Web UI', () => {
    const args = devServerArgs(IN_MEMORY);
    expect(args.slice(0, 2)).toEqual(['server', 'start-dev']);
    expect(values(args, '--ip')).toEqual(['127.0.0.1']);
    expect(values(args, '--port')).toEqual(['7001']);
    expect(args).toContain('--headless');
    expect(args).not.toContain('--ui-port');
    expect(args).not.toContain('--db-filename');
    expect(args).not.toContain('--sqlite-pragma');
  });

  test('pragmas come only with a database file', () => {
    const args = devServerArgs({ ...IN_MEMORY, dbFile: '/data/x.sqlite' });
    expect(values(args, '--db-filename')).toEqual(['/data/x.sqlite']);
    expect(values(args, '--sqlite-pragma')).toEqual(['journal_mode=wal', 'synchronous=normal']);
  });

  test('the Web UI has a port of its own', () => {
    const args = devServerArgs({ ...IN_MEMORY, uiPort: 8001 });
    expect(values(args, '--ui-port')).toEqual(['8001']);
    expect(args).not.toContain('--headless');
  });

  test('dynamic configuration and search attributes are always set', () => {
    const args = devServerArgs(IN_MEMORY);
    expect(values(args, '--dynamic-config-value')).toEqual([
      'history.transferProcessorMaxPollRPS=2000',
      'system.enableActivityEagerExecution=true',
    ]);
    expect(values(args, '--search-attribute')).toEqual([
      'HoldfastStatus=Keyword',
      'HoldfastAgent=Keyword',
      'HoldfastTenant=Keyword',
      'HoldfastCostUsd=Double',
      'HoldfastAwaiting=KeywordList',
      'HoldfastUser=Keyword',
      'HoldfastTokens=Int',
      'HoldfastSteps=Int',
      'HoldfastOutcome=Keyword',
    ]);
  });
});
