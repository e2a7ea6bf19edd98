/** Several processes on one ledger, killed with SIGKILL in the middle of what they do. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fromOutside } from './outside';
import { temporaryLedger, temporaryLedgerUrl } from './temporary-ledger';

const REGISTER = path.resolve(__dirname, '../../support/ts-register.js');
const PROGRAM = path.join(__dirname, 'claiming-process.ts');
const CALLS = 60;
const KILLS_PER_LANE = 4;

type EffectKind = 'idempotent' | 'transactional';

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Runs the program; kills it inside its n-th effect of that class where `killAt` says so. @returns the lines it printed. */
function claimingProcess(file: string, killAt?: readonly [EffectKind, number]): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['-r', REGISTER, PROGRAM, file, String(CALLS), ...(killAt ?? []).map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line === 'waiting') child.kill('SIGKILL');
  });
  return new Promise((resolve) => {
    child.once('close', () => {
      children.delete(child);
      resolve(lines);
    });
  });
}

it('settles each call once, and applies each transactional effect once, whoever is killed', async () => {
  const url = await temporaryLedgerUrl();
  await fromOutside(url, 'create table counter (id integer primary key, value integer)');
  await fromOutside(url, 'insert into counter values (1, 0)');
  // Two at a time, which also means that both open the new file at the same moment.
  const printed = (await Promise.all([killedLane(url, 'idempotent'), killedLane(url, 'transactional')])).flat();
  printed.push(...(await claimingProcess(url)));

  expect(printed.at(-1)).toBe('all settled');
  const ledger = await temporaryLedger({ url });
  const rows = await ledger.calls({ sessionNamespace: 's' });
  expect(rows).toHaveLength(CALLS);
  expect(rows.every((row) => row.state === 'succeeded')).toBe(true);
  expect(await fromOutside(url, 'select value from counter')).toEqual([{ value: CALLS / 2 }]);
  if (ledger.dialect === 'sqlite') {
    expect(await fromOutside(url, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  }
  // Nobody was told of an outcome that is not the recorded one, and each call had one winner.
  const told = printed.filter((line) => line.startsWith('settled')).map((line) => line.split(' ').slice(1));
  const byCall = new Map(rows.map((row) => [row.callKey, row.outcome]));
  expect(new Set(told.map(([call]) => call)).size).toBe(told.length);
  for (const [call, pid] of told)
    expect(byCall.get(call as string)).toEqual({ kind: 'succeeded', result: Number(pid) });
  // Every body of an idempotent call ran under the call's one key.
  const keys = printed.filter((line) => line.startsWith('effect')).map((line) => line.split(' ')[1]);
  expect(new Set(keys)).toEqual(new Set(rows.map((row) => row.callKey)));
  // The test would prove little if nobody had died inside a call.
  expect(rows.filter((row) => row.fence > 1).length).toBeGreaterThan(0);
});

async function killedLane(url: string, effect: EffectKind): Promise<string[]> {
  const lines: string[] = [];
  for (let kill = 1; kill <= KILLS_PER_LANE; kill += 1) lines.push(...(await claimingProcess(url, [effect, kill])));
  return lines;
}
