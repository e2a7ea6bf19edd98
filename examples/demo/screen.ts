/** How a demo looks in a terminal. Colours only where they are wanted (a terminal, and no NO_COLOR). */
import pc from 'picocolors';
import { safeLine, safeText } from '../../cli/terminal-text';
import type { StepRecord } from '../../client';
import { wrap } from './wrap';

const SUMMARY_WIDTH = 56;
const MODEL_WIDTH = 18;
/** Where texts begin. */
const INDENT = ' '.repeat(12);
/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 112;

function line(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export const screen = {
  title(text: string): void {
    line();
    line(pc.bold(text));
    line();
  },
  /** One aligned fact. */
  fact(label: string, value: string): void {
    line(`  ${pc.dim(label.padEnd(9))} ${safeLine(value)}`);
  },
  progress(text: string): void {
    line(`  ${pc.dim(safeLine(text))}`);
  },
  /** @param who of at most eight letters, as in `reply`. */
  user(turn: number, text: string, who: string): void {
    line();
    line(`${pc.bold(pc.cyan(`${String(turn).padEnd(2)} ${who}`.padEnd(INDENT.length)))}${indented(text)}`);
  },
  reply(text: string, who: string): void {
    line(`${pc.bold(`   ${who}`.padEnd(INDENT.length))}${indented(text)}`);
  },
  /** @param note said after it, e.g. why it stands out of order. */
  step(record: StepRecord, note = ''): void {
    const words = note === '' ? '' : pc.dim(` · ${safeLine(note)}`);
    line((record.kind === 'model' ? modelLine(record) : toolLine(record)) + words);
    if (record.message) line(`${INDENT}${pc.dim(`   ↳ ${safeLine(record.message, WIDEST)}`)}`);
  },
  killed(text: string, details: readonly string[]): void {
    line(pc.red(`   ${pc.bold('✖ KILLED')} ${safeLine(text)}`));
    for (const detail of details) line(pc.red(`${INDENT}${safeLine(detail)}`));
  },
  /** What the demo itself does in the middle of the conversation. */
  note(text: string): void {
    line(pc.dim(`${INDENT}${safeLine(text)}`));
  },
  /** The user goes from one agent to another, or another one is asked. */
  handoff(text: string): void {
    line(pc.cyan(`   ${pc.bold('→')} ${safeLine(text)}`));
  },
  resumed(text: string): void {
    line(pc.green(`   ${pc.bold('✔ RESUMED')} ${safeLine(text)}`));
  },
  check(ok: boolean, claim: string, evidence: string): void {
    line(`  ${ok ? pc.green('✔') : pc.red('✖')} ${safeLine(claim).padEnd(60)} ${pc.dim(safeLine(evidence))}`);
  },
  heading(text: string): void {
    line();
    line(pc.bold(text));
  },
  text(text: string): void {
    line(text);
  },
  error(text: string): void {
    process.stderr.write(`${pc.red('demo:')} ${safeText(text)}\n`);
  },
};

function indented(text: string): string {
  const width = Math.min(process.stdout.columns || WIDEST, WIDEST) - INDENT.length;
  return wrap(safeText(text), Math.max(width, 20)).join(`\n${INDENT}`);
}

function modelLine(record: StepRecord): string {
  const model = safeLine(record.model ?? record.name).padEnd(MODEL_WIDTH);
  const tokens = `${record.tokens ?? '–'} tok`.padEnd(14);
  const cost = (record.cost ?? 'unpriced').padEnd(22);
  const usual = record.outcome === 'answer' || record.outcome === 'calls';
  const outcome = usual ? pc.dim(record.outcome ?? '') : pc.yellow(safeLine(record.outcome ?? ''));
  return `   ${pc.dim(`${record.turn}.${record.step}`.padEnd(5))}${pc.magenta('model')}  ${pc.dim(`${model} ${tokens} ${cost}`)}${outcome}${attempt(record)}`;
}

function toolLine(record: StepRecord): string {
  const outcome = record.outcome ?? 'running';
  const paint = outcome === 'succeeded' ? pc.green : pc.yellow;
  const summary = safeLine(record.summary, SUMMARY_WIDTH).padEnd(SUMMARY_WIDTH + 1);
  const ledger = record.ledger === undefined || record.ledger === 'none' ? '' : pc.dim(` · ledger: ${record.ledger}`);
  return `        ${pc.blue('tool ')}  ${summary}${paint(outcome)}${attempt(record)}${ledger}`;
}

/** What was rejected never ran, so it had no attempt. */
function attempt(record: StepRecord): string {
  if (record.attempt === undefined || record.outcome === 'rejected') return '';
  return record.attempt > 1 ? pc.bold(pc.yellow(` · attempt ${record.attempt}`)) : pc.dim(' · attempt 1');
}
