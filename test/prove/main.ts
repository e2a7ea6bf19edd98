/**
 * `npm run prove`: everything that is claimed of crashes, at full size. Prints what it does, writes a report (JSON and HTML) into a folder that
 * it names, and ends with exit code 1 where anything did not hold.
 * `node dist/test/prove/main.js [--only sweep,cuts,planted,faults,continued,people,handoffs] [--total 1000] [--batch 50] [--seed 7] [--out <folder>]`
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres';
import { TestServer } from '../support/temporal-server';
import { continuedSessions } from './continued';
import { cutPayments } from './cut-payments';
import { fullSweep } from './full-sweep';
import { furtherFaults } from './further-faults';
import { handoffs } from './handoffs';
import { htmlOf } from './html';
import { runPart, type Part, type PartReport } from './part';
import { people } from './people';
import { plantedFaults } from './planted-faults';

const PARTS: readonly Part[] = [
  cutPayments,
  plantedFaults,
  furtherFaults,
  fullSweep,
  continuedSessions,
  people,
  handoffs,
];

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      total: { type: 'string', default: '1000' },
      batch: { type: 'string', default: '50' },
      seed: { type: 'string', default: '7' },
      out: { type: 'string' },
    },
  });
  const parts = chosen(values.only.flatMap((names) => names.split(',')));
  const [total, batch, seed] = [
    number('total', values.total),
    number('batch', values.batch),
    number('seed', values.seed),
  ];
  const folder = values.out ?? mkdtempSync(path.join(tmpdir(), 'holdfast-proof-'));
  mkdirSync(folder, { recursive: true });
  // All parts share them, and what they start finds them here, as tests do.
  const server = await TestServer.start({ own: true });
  const postgres = await startPostgres();
  process.env.HOLDFAST_TEST_SERVER = server.address;
  process.env.HOLDFAST_TEST_POSTGRES = postgres.url;
  const reports: PartReport[] = [];
  const facts = { seed: String(seed), node: process.version, began: new Date().toISOString() };
  const save = () => {
    writeFileSync(path.join(folder, 'proof.json'), `${JSON.stringify({ ...facts, parts: reports }, null, 2)}\n`);
    writeFileSync(path.join(folder, 'proof.html'), htmlOf(reports, facts));
  };
  try {
    for (const part of parts) {
      console.log(`\n${part.name}: ${part.what}`);
      const say = (line: string) => console.log(`  ${line}`);
      const report = await runPart(part, { folder, seed, total, batch, say });
      reports.push(report);
      say(`${report.passed ? 'passed' : 'FAILED'} after ${Math.round(report.tookMs / 1000)} s: ${report.summary}`);
      for (const failure of report.failures.slice(0, 20)) say(failure);
      save();
    }
  } finally {
    await postgres.stop();
    await server.stop();
  }
  const held = reports.every(({ passed }) => passed);
  console.log(`\n${held ? 'Everything held.' : 'Something did not hold.'} The report is in ${folder}`);
  return held;
}

/** @throws Error that names the parts that exist. */
function chosen(names: readonly string[]): readonly Part[] {
  const wrong = names.find((name) => !PARTS.some((part) => part.name === name));
  if (wrong !== undefined) {
    throw new Error(`there is no part ${wrong}; --only takes ${PARTS.map(({ name }) => name).join(', ')}`);
  }
  return names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name));
}

function number(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${flag} takes a whole number from 1 on, not ${text}`);
  return value;
}

main().then(
  (held) => process.exit(held ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
