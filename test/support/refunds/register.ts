/** The register of what was paid back and written off: a file that honours keys, in whichever process it is written. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export interface RegisterRow {
  readonly key: string;
  readonly deed: 'refund' | 'write_off';
  readonly order: string;
  readonly cents: number;
  /** Names of those who approved it, as the tool was told. */
  readonly approvedBy: readonly string[];
}

/** Somebody was told that a call waits for them. */
export interface Notice {
  readonly sessionId: string;
  readonly callId: string;
  readonly kind: string;
}

/** In the order they were entered; a key is there once unless the register is at fault. */
export function readRegister(file: string): readonly RegisterRow[] {
  return readRows<RegisterRow>(file);
}

export function readNotices(file: string): readonly Notice[] {
  return readRows<Notice>(file);
}

export function tell(file: string, notice: Notice): void {
  appendFileSync(file, `${JSON.stringify(notice)}\n`);
}

function readRows<Row>(file: string): readonly Row[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** Enters a deed, once for each key. */
export function enter(file: string, row: RegisterRow): void {
  if (!readRegister(file).some(({ key }) => key === row.key)) appendFileSync(file, `${JSON.stringify(row)}\n`);
}
