import { nodeVersionProblem } from '../../cli/node-version';

describe('the Node version', () => {
  it.each(['v22.16.0', 'v22.22.1', 'v24.21.0', 'v100.0.0'])('%s will do', (version) => {
    expect(nodeVersionProblem(version)).toBeNull();
  });

  it.each(['v22.15.1', 'v20.20.2', 'v18.0.0', 'nonsense'])(
    '%s is refused in one sentence that names it and what is needed',
    (version) => {
      expect(nodeVersionProblem(version)).toContain(`this needs Node 22.16 or later, and this is ${version}`);
    },
  );
});
