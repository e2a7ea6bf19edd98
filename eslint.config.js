/** Lint rules. What a rule is for stands beside it; there are no exceptions inside files (`noInlineConfig`). */
const { defineConfig } = require('eslint/config');
const temporal = require('eslint-plugin-temporal').default;
const tseslint = require('typescript-eslint');
const { importArrows } = require('./scripts/lint/import-arrows');

const SHIPPED = ['index.ts', 'workflows', 'agents', 'activities', 'worker', 'client', 'testing', 'cli'].map((place) =>
  place.endsWith('.ts') ? place : `${place}/**/*.ts`,
);

module.exports = defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'deploy/', '.holdfast/'] },
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    plugins: { holdfast: { rules: { 'import-arrows': importArrows } } },
    rules: {
      'holdfast/import-arrows': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 300 }],
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: __dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Every new kind of a union must be met by every switch over it.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Interfaces ask for promises of methods that happen to have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only: a thing has one name everywhere.' },
      ],
    },
  },
  {
    // Code that runs inside somebody's process says nothing on its own: it has a logger.
    files: ['index.ts', 'agents/**/*.ts', 'activities/**/*.ts', 'client/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Jest's matchers (`expect.any(...)`) are of type any, and stand in expected values.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    // Jest takes these two by their default export.
    files: ['test/support/global-setup.ts', 'test/support/global-teardown.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: SHIPPED,
    rules: { '@typescript-eslint/no-non-null-assertion': 'error' },
  },
  {
    files: ['workflows/**/*.ts'],
    plugins: temporal.configs.workflow.plugins,
    rules: {
      ...temporal.configs.workflow.rules,
      // `Date` in the sandbox is the workflow's own clock.
      'temporal/workflow-no-wall-clock-assumptions': 'off',
      'temporal/workflow-no-date-now-tight-loop': 'off',
      // Takes setHandler for a promise; @typescript-eslint/no-floating-promises knows the types.
      'temporal/workflow-no-floating-promises': 'off',
      // Takes every exported function for a workflow.
      'temporal/workflow-prefer-single-object-args': 'off',
      // A bug must fail the Workflow Task, so that a fixed worker can go on; an ApplicationFailure would fail the session.
      'temporal/workflow-no-throw-raw-error': 'off',
      // A session may wait for a person for as long as it takes, and handlers take unknown and check it themselves.
      'temporal/workflow-condition-timeout-style': 'off',
      'temporal/workflow-require-explicit-payload-types': 'off',
      // Durations are named constants in ms, each with its reason, in one file.
      'temporal/workflow-duration-format': 'off',
      'temporal/workflow-activity-timeout-duration-format': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only: a thing has one name everywhere.' },
        {
          selector: 'UnaryExpression[operator="void"]',
          message:
            'Work that nobody waits for is given to `background`: it may still run when the workflow is disposed of.',
        },
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'setImmediate', 'require', 'fetch', 'performance'].map((name) => ({
          name,
          message: 'Not there in the workflow sandbox, or not the same on replay.',
        })),
      ],
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        require: 'readonly',
        module: 'writable',
        process: 'readonly',
        console: 'readonly',
        __dirname: 'readonly',
      },
    },
    rules: { 'no-undef': 'error', 'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] },
  },
);
