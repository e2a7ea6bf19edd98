/** Errors as the user meets them: one sentence on stderr. The stack is for those who ask for it with HOLDFAST_DEBUG=1. */
import { CommanderError } from 'commander';
import { InvalidRequest } from '../client';
import { writeLine, type Io } from './io';
import { safeLine } from './terminal-text';

/** A mistake in how the command was used; the message says what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Refused, failed, or not to be had now. */
export const FAILED = 1;
/** The command line was wrong: nothing was sent, and the same line will never do. */
export const MISUSED = 2;

/** @returns the exit code. */
export function reportError(error: unknown, io: Io): number {
  // Commander has said what it had to say; `--help` and `--version` come this way too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  writeLine(io.stderr, `holdfast: ${sentence(error)}`);
  if (io.env.HOLDFAST_DEBUG === '1' && error instanceof Error) writeLine(io.stderr, stackOf(error));
  return error instanceof UsageError || error instanceof InvalidRequest ? MISUSED : FAILED;
}

function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return safeLine(message || 'failed without saying why; run again with HOLDFAST_DEBUG=1', 2_000);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
