/**
 * ESLint rule: which folder may import which (docs/architecture.md draws it). A relative import is resolved to the folder it
 * lands in, so that neither depth nor a folder of the same name elsewhere matters; type imports count like any other.
 */
'use strict';
const { builtinModules } = require('node:module');
const path = require('node:path');

const CONTRACTS = 'workflows/contracts';

/**
 * Folders in order: the first that holds the file is its place. `ours`: folders it may import, besides itself and the
 * contracts; `but`: except these. `packages`: all that it may import from elsewhere; absent: any.
 * @type {readonly { readonly place: string, readonly ours: readonly string[] | 'all', readonly but?: readonly string[],
 *   readonly packages?: readonly string[] }[]}
 */
const ARROWS = [
  { place: CONTRACTS, ours: [], packages: [] },
  { place: 'workflows', ours: [], packages: ['@temporalio/workflow', '@temporalio/common'] },
  { place: 'agents', ours: [], packages: ['zod', 'kysely'] },
  { place: 'activities', ours: ['agents'] },
  { place: 'worker', ours: ['activities', 'agents', 'workflows/payload-converter'] },
  { place: 'client', ours: ['agents', 'workflows/payload-converter'] },
  { place: 'testing', ours: 'all', but: ['cli', 'examples', 'bench', 'test', 'scripts'] },
  { place: 'cli', ours: 'all', but: ['bench', 'test', 'scripts'] },
  { place: 'examples', ours: 'all', but: ['bench', 'test', 'scripts'] },
  { place: 'bench', ours: 'all', but: ['test'] },
  { place: 'scripts', ours: 'all', but: ['test'] },
  { place: 'test', ours: 'all' },
  { place: 'index.ts', ours: ['agents'] },
];

/**
 * @param {string} file relative to the project, with slashes and without extension
 * @param {string} place
 */
const isIn = (file, place) => file === place || file === place.replace(/\.ts$/, '') || file.startsWith(`${place}/`);

/** @param {string} specifier */
function packageOf(specifier) {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

/**
 * @param {string} from file, relative to the project
 * @param {string} specifier as written
 * @returns {string | undefined} why it may not; undefined where it may
 */
function refusal(from, specifier) {
  const arrow = ARROWS.find(({ place }) => isIn(from.replace(/\.[cm]?[jt]s$/, ''), place));
  if (!arrow) return undefined;
  const { place, ours, but = [], packages } = arrow;
  if (!specifier.startsWith('.')) {
    if (packageOf(specifier) === 'holdfast') return `${place} is part of holdfast: import the file, not the package`;
    if (packages === undefined) return undefined;
    const builtin = specifier.startsWith('node:') || builtinModules.includes(specifier);
    if (!builtin && packages.some((name) => name === packageOf(specifier))) return undefined;
    if (builtin && place !== CONTRACTS && place !== 'workflows') return undefined;
    return `${place} may import ${packages.length > 0 ? `only ${packages.join(', ')}` : 'no package'}, not ${specifier}`;
  }
  const target = path.posix.join(path.posix.dirname(from), specifier);
  if (isIn(target, CONTRACTS) || isIn(target, place)) return undefined;
  const allowed =
    ours === 'all' ? !but.some((other) => isIn(target, other)) : ours.some((other) => isIn(target, other));
  if (allowed) return undefined;
  return `${place} may not import ${target}`;
}

/** @type {import('eslint').Rule.RuleModule} */
const importArrows = {
  meta: { type: 'problem', docs: { description: 'which folder may import which' }, schema: [] },
  create(context) {
    const from = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    /** @param {any} source literal node, or nothing */
    const check = (source) => {
      if (!source || typeof source.value !== 'string') return;
      const message = refusal(from, source.value);
      if (message) context.report({ node: source, message: `import arrow: ${message}.` });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      /** @param {any} node */
      TSImportType: (node) => check(node.source ?? node.argument?.literal ?? node.argument),
      /** @param {any} node */
      TSExternalModuleReference: (node) => check(node.expression),
      CallExpression: (node) => {
        if (node.callee.type === 'Identifier' && node.callee.name === 'require') check(node.arguments[0]);
      },
    };
  },
};

module.exports = { importArrows, refusal };
