/** Databases of the examples, opened by several at once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

const OPENERS = 6;
const FILES = 40;
/** Compiled, as threads need it. */
const MODULE = path.resolve(__dirname, '../../dist/examples/shared/open-database.js');

/** Opens each file when told, and says how that went. */
const OPENER = `
const { parentPort } = require('node:worker_threads');
const { openDatabase } = require(${JSON.stringify(MODULE)});
parentPort.on('message', (file) => {
  try {
    const database = openDatabase(file);
    const { journal_mode } = database.prepare('PRAGMA journal_mode').get();
    database.close();
    parentPort.postMessage(journal_mode);
  } catch (error) {
    parentPort.postMessage(String(error));
  }
});
`;

test('a new file that several open at the same moment is opened by all of them', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'open-database-'));
  const openers = Array.from({ length: OPENERS }, () => new Worker(OPENER, { eval: true }));
  try {
    for (let index = 0; index < FILES; index += 1) {
      const file = path.join(folder, `${index}`, 'new.sqlite');
      const opened = openers.map((opener) => {
        const answer = new Promise((resolve, reject) => opener.once('message', resolve).once('error', reject));
        opener.postMessage(file);
        return answer;
      });
      expect(await Promise.all(opened)).toEqual(Array(OPENERS).fill('wal'));
    }
  } finally {
    await Promise.all(openers.map((opener) => opener.terminate()));
    rmSync(folder, { recursive: true });
  }
}, 60_000);
