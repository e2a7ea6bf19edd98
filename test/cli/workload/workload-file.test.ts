import { checkWorkload, loadWorkload, WorkloadFileError, type Workload } from '../../../cli/workload/workload-file';
import { FIXTURE_PATH, loadFixture, put, withChange } from './fixture';

describe('a workload file', () => {
  it('is read whole, or its first tasks', () => {
    expect(loadFixture().tasks.map((task) => task.calls.length)).toEqual([3, 2, 0]);
    expect(loadWorkload(FIXTURE_PATH, 1).tasks.map((task) => task.id)).toEqual(['shop-0']);
  });

  it('that does not exist or is not JSON is refused with its name', () => {
    expect(() => loadWorkload('/nowhere/at-all.json')).toThrow(/cannot read the workload \/nowhere\/at-all\.json/);
    expect(() => loadWorkload(__filename)).toThrow(/workload-file\.test\.ts is not JSON/);
  });

  it.each<[string, string, unknown, RegExp]>([
    ['a missing field', 'tasks.0.calls.1.mutates', undefined, /tasks\.0\.calls\.1\.mutates: .*boolean/],
    ['an unknown field', 'tasks.0.output', [], /tasks\.0: .*"output"/],
    ['no tasks', 'tasks', [], /tasks: /],
    ['an observation that is no text', 'tasks.0.calls.0.observation', {}, /observation: .*string/],
    ['half a surrogate pair', 'tasks.0.calls.0.observation', '\ud83d', /surrogate/],
    ['a task id that is no id', 'tasks.0.id', 'a b', /tasks\.0\.id: must be 1 to 120 characters/],
    ['two tasks of one id', 'tasks.1.id', 'shop-0', /two tasks have the id "shop-0"/],
    [
      'two tasks of one instruction',
      'tasks.1.instruction',
      'Just saying hello.',
      /two tasks have the instruction "Just/,
    ],
    ['two tools of one name', 'tools.1.name', 'get_order', /two tools are named "get_order"/],
    [
      'a call of no tool',
      'tasks.0.calls.0.tool',
      'refund',
      /shop-0, call 0: there is no tool "refund"; the tools are get_order, cancel_order/,
    ],
    [
      'arguments outside the schema',
      'tasks.0.calls.1.args.reason',
      'bored',
      /shop-0, call 1: the arguments of cancel_order do not fit/,
    ],
    ['parameters that are no schema', 'tools.0.parameters.$ref', '#/nowhere', /tools: get_order: its parameters/],
  ])('with %s is refused with the place', (_what, path, value, expected) => {
    const file = withChange(loadFixture(), path, put(value));
    expect(() => checkWorkload(file, 'shop.json')).toThrow(WorkloadFileError);
    expect(() => checkWorkload(file, 'shop.json')).toThrow(expected);
  });

  it('with many problems lists the first ten', () => {
    const lost = (tasks: Workload['tasks']) =>
      Array.from({ length: 15 }, (_, index) => ({
        ...tasks[0],
        id: `t${index}`,
        instruction: `number ${index}`,
        calls: [{ ...tasks[0]?.calls[0], tool: 'gone' }],
      }));
    const file = withChange(loadFixture(), 'tasks', (tasks) => lost(tasks as Workload['tasks']));
    expect(() => checkWorkload(file, 'shop.json')).toThrow(/t9, call 0[\s\S]*and 5 more/);
  });
});
