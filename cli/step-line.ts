/** One model or tool call as one line. */
import type { Colors } from 'picocolors/types';
import type { StepRecord } from '../client';
import { safeLine } from './terminal-text';

/** @param colours of picocolors; all functions return their text unchanged where colours are off. */
export function stepLine(record: StepRecord, colours: Colors): string {
  return record.kind === 'model' ? modelLine(record, colours) : toolLine(record, colours);
}

function modelLine(record: StepRecord, colours: Colors): string {
  const facts = [record.model, record.tokens && `${record.tokens} tok`, record.cost, duration(record)]
    .filter(Boolean)
    .join(' · ');
  const trouble = record.outcome !== undefined && !['answer', 'calls'].includes(record.outcome);
  const outcome = trouble ? ` ${colours.yellow(safeLine(record.outcome ?? ''))}` : '';
  return `${colours.dim(`  step ${record.step}  ${safeLine(facts || record.name)}`)}${outcome}${attempts(record, colours)}${words(record)}`;
}

function toolLine(record: StepRecord, colours: Colors): string {
  const outcome = record.outcome ?? 'running';
  const paint = outcome === 'succeeded' ? colours.green : outcome === 'running' ? colours.dim : colours.yellow;
  const answered =
    record.ledger === 'replayed' || record.ledger === 'deduplicated' ? colours.dim(` (${record.ledger})`) : '';
  const took = duration(record);
  return `  ${colours.cyan('→')} ${safeLine(record.summary)}  ${paint(safeLine(outcome))}${answered}${attempts(record, colours)}${took ? colours.dim(` · ${took}`) : ''}${words(record)}`;
}

function attempts({ attempt = 1 }: StepRecord, colours: Colors): string {
  return attempt > 1 ? colours.yellow(` attempt ${attempt}`) : '';
}

function words({ message }: StepRecord): string {
  return message ? `: ${safeLine(message)}` : '';
}

function duration({ startedAt, endedAt }: StepRecord): string {
  if (endedAt === undefined) return '';
  const ms = endedAt - startedAt;
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
