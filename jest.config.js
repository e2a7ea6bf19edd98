/** Tests run on the sources, compiled one by one by swc; type errors are tsc's job (`npm run typecheck`). */
const { existsSync } = require('node:fs');
const path = require('node:path');

const hook = (name) => {
  const file = path.join(__dirname, 'test', 'support', `${name}.ts`);
  return existsSync(file) ? file : undefined;
};

module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
    '/node_modules/jose/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } }, module: { type: 'commonjs' } },
    ],
  },
  // jose is published as modules only, which Node requires as they are and jest does not.
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  globalSetup: hook('global-setup'),
  globalTeardown: hook('global-teardown'),
  reporters: ['default', '<rootDir>/scripts/summary-reporter.js'],
  // Most tests are done in milliseconds; those with a server, on two busy cores, are the ones that need the room.
  testTimeout: 60_000,
  maxWorkers: 2,
  // What a hundred test files leave behind in a worker slows the next ones down, some of which look at the event loop.
  workerIdleMemoryLimit: '700MB',
  // Server and worker processes that a test starts are its own to end: a leftover must show, not be shot.
  forceExit: false,
};
