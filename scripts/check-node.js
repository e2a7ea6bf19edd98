// Refuses an unsupported Node with one sentence. Plain old JavaScript on purpose: it must run on the Node that it refuses.
'use strict';

const FLOOR = { major: 22, minor: 16 };

/**
 * @param {string} version as in `process.versions.node`
 * @returns {string | undefined} what is wrong and what to do; undefined where the version will do
 */
function refusal(version) {
  const parts = version.split('.').map(Number);
  const [major = 0, minor = 0] = parts;
  if (major > FLOOR.major || (major === FLOOR.major && minor >= FLOOR.minor)) return undefined;
  return (
    `holdfast needs Node ${FLOOR.major}.${FLOOR.minor} or later and found ${version}: run \`npm ci\` without --omit=optional ` +
    '(on Linux and Windows it brings Node 24 along and npm scripts use that), or install Node 24.'
  );
}

if (require.main === module) {
  const problem = refusal(process.versions.node);
  if (problem) {
    console.error(problem);
    process.exit(1);
  }
}

module.exports = { refusal };
