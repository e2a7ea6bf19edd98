/** The process's Temporal runtime, installed once: the SDK's logs go through pino, one JSON object per line on stderr, or words on a terminal. */
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogLevel } from '@temporalio/worker';
import pino, { type Logger } from 'pino';
import type { WorkerConfig } from './config';
import { readableLine } from './readable-log';

let installed: Logger | undefined;

export function installRuntime(level: WorkerConfig['logLevel']): Logger {
  if (installed) return installed;
  const terminal = { write: (line: string) => void process.stderr.write(`${readableLine(line)}\n`) };
  const logger = pino(
    { level, name: 'holdfast' },
    process.stderr.isTTY ? terminal : pino.destination({ dest: 2, sync: true }),
  );
  const write: Record<LogLevel, (fields: object, message: string) => void> = {
    TRACE: (fields, message) => logger.trace(fields, message),
    DEBUG: (fields, message) => logger.debug(fields, message),
    INFO: (fields, message) => logger.info(fields, message),
    WARN: (fields, message) => logger.warn(fields, message),
    ERROR: (fields, message) => logger.error(fields, message),
  };
  const sdkLevel: LogLevel =
    level === 'debug' ? 'DEBUG' : level === 'info' ? 'INFO' : level === 'warn' ? 'WARN' : 'ERROR';
  Runtime.install({
    logger: new DefaultLogger(sdkLevel, (entry) => write[entry.level](loggable(entry.meta ?? {}), entry.message)),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: sdkLevel === 'WARN' ? 'ERROR' : sdkLevel }), forward: {} },
    },
    // SIGTERM and SIGINT drain: the worker stops polling, effects in flight finish and are recorded, then `run` returns.
    shutdownSignals: ['SIGTERM', 'SIGINT'],
  });
  installed = logger;
  return logger;
}

/**
 * The SDK's fields of a log line, fit for a log: of a failed activity only the failure's type, since its words and details may quote what
 * was said (a codec keeps that from the server, and logs are no place for it either); other errors with their words and stack.
 */
export function loggable(meta: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { error, ...rest } = meta;
  if (error === undefined) return rest;
  if (error instanceof ApplicationFailure) return { ...rest, failure: error.type };
  if (!(error instanceof Error)) return { ...rest, error };
  return { ...rest, error: { name: error.name, message: error.message, stack: error.stack } };
}
