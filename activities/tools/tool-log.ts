/** `ctx.log`: the worker's logger with the call's identity on each line. */
import type { Logger } from '@temporalio/common';
import type { Logger as PinoLogger } from 'pino';
import type { ToolLogger } from '../../agents/define-tool';

type Fields = Record<string, unknown>;

export function pinoToolLog(logger: PinoLogger, bindings: Fields): ToolLogger {
  const child = logger.child(bindings);
  return {
    debug: (message, fields) => child.debug(fields ?? {}, message),
    info: (message, fields) => child.info(fields ?? {}, message),
    warn: (message, fields) => child.warn(fields ?? {}, message),
    error: (message, fields) => child.error(fields ?? {}, message),
  };
}

/** Through Temporal's activity logger, where the worker gave none. */
export function activityToolLog(logger: Logger, bindings: Fields): ToolLogger {
  return {
    debug: (message, fields) => void logger.debug(message, { ...bindings, ...fields }),
    info: (message, fields) => void logger.info(message, { ...bindings, ...fields }),
    warn: (message, fields) => void logger.warn(message, { ...bindings, ...fields }),
    error: (message, fields) => void logger.error(message, { ...bindings, ...fields }),
  };
}
