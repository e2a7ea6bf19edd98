/**
 * Makes package.json the published one while npm packs (`write`, from prepack) and puts the development one back (`restore`,
 * from postpack). Published are no Node binaries, no development dependencies, and neither overrides nor allowScripts, which npm ignores there anyway.
 * The scripts stay, since npm reads `postpack` out of the file again. Killed in between, the next `write` or `restore`, and
 * every test run, puts the development manifest back first.
 */
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const MANIFEST = 'package.json';
const BACKUP = '.package.development.json';

/**
 * @param {Record<string, any>} manifest the development manifest
 * @returns {Record<string, any>} what is published
 */
function publishedManifest(manifest) {
  const {
    devDependencies: _dev,
    overrides: _overrides,
    allowScripts: _scripts,
    optionalDependencies = {},
    ...published
  } = manifest;
  const optional = Object.entries(optionalDependencies).filter(([name]) => !/^node-(linux|win|darwin)-/.test(name));
  return optional.length === 0 ? published : { ...published, optionalDependencies: Object.fromEntries(optional) };
}

/**
 * @param {string} file
 * @param {string} text
 */
function writeAtOnce(file, text) {
  fs.writeFileSync(`${file}.tmp`, text);
  fs.renameSync(`${file}.tmp`, file);
}

/**
 * @param {string} root
 * @returns {boolean} whether there was anything to put back
 */
function restore(root) {
  const backup = path.join(root, BACKUP);
  if (!fs.existsSync(backup)) return false;
  fs.renameSync(backup, path.join(root, MANIFEST));
  return true;
}

/** @param {string} root */
function write(root) {
  restore(root);
  const manifest = path.join(root, MANIFEST);
  const text = fs.readFileSync(manifest, 'utf8');
  writeAtOnce(path.join(root, BACKUP), text);
  writeAtOnce(manifest, `${JSON.stringify(publishedManifest(JSON.parse(text)), null, 2)}\n`);
}

if (require.main === module) {
  const root = path.resolve(__dirname, '..');
  const act = process.argv[2];
  if (act === 'write') write(root);
  else if (act === 'restore') restore(root);
  else {
    console.error(`published-manifest: expected \`write\` or \`restore\`, got ${JSON.stringify(act)}`);
    process.exitCode = 1;
  }
}

module.exports = { publishedManifest, write, restore };
