/**
 * The search attributes that sessions write: which are missing, how to make them, and the refusal to start without them (a
 * workflow task that sets one the server does not know fails and is tried again for ever, so every session would hang).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperatorService } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../workflows/contracts/names';

/** What `Connection` of the client and `NativeConnection` of the worker have in common here. */
export interface OperatorConnection {
  readonly operatorService: OperatorService;
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
}

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

/** One request. */
const REQUEST_MS = 10_000;
/** Registered attributes reach the server's other parts over a cache that is refreshed within 10 s. */
const VISIBLE_MS = 30_000;
const POLL_MS = 100;

/** `IndexedValueType` by number: https://github.com/temporalio/api/blob/master/temporal/api/enums/v1/common.proto */
const TYPE_NAMES = ['Unspecified', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'] as const;

/** Those of `SEARCH_ATTRIBUTES` that the namespace does not have. An attribute of another type counts as an error. */
export async function missingSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
): Promise<readonly SearchAttributeName[]> {
  const { customAttributes } = await connection.withDeadline(Date.now() + REQUEST_MS, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  return names().filter((name) => {
    const found = Number(customAttributes?.[name] ?? 0);
    if (found === 0) return true;
    const type = SEARCH_ATTRIBUTES[name];
    if (found !== indexedType(type)) {
      throw new Error(
        `The search attribute ${name} of namespace ${namespace} is a ${TYPE_NAMES[found] ?? `type ${found}`} and must be a ${type}: ` +
          `remove it (temporal operator search-attribute remove --namespace ${namespace} --name ${name}), then ${createCommand(namespace, name)}`,
      );
    }
    return false;
  });
}

/** Creates those that are missing and waits until the server shows them. Safe to repeat, and to run in two processes at once. */
export async function registerSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
  waitMs = VISIBLE_MS,
): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, indexedType(SEARCH_ATTRIBUTES[name])]));
    try {
      await connection.withDeadline(Date.now() + REQUEST_MS, () =>
        connection.operatorService.addSearchAttributes({ namespace, searchAttributes }),
      );
    } catch (error) {
      if (!/already exist/i.test(String(error))) throw error;
    }
  }
  await waitForSearchAttributes(connection, namespace, waitMs);
}

/** Waits, up to `waitMs`, until the namespace has them all. @throws like `assertSearchAttributes`, at the deadline. */
export async function waitForSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
  waitMs: number,
): Promise<void> {
  const deadline = Date.now() + waitMs;
  while ((await missingSearchAttributes(connection, namespace)).length > 0) {
    if (Date.now() > deadline) return assertSearchAttributes(connection, namespace);
    await sleep(POLL_MS);
  }
}

/** @throws Error that lists the commands which create what is missing. */
export async function assertSearchAttributes(connection: OperatorConnection, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  throw new Error(
    `Namespace ${namespace} lacks search attributes that every session sets (${missing.join(', ')}); create them, then start again:\n` +
      missing.map((name) => `  ${createCommand(namespace, name)}`).join('\n'),
  );
}

function createCommand(namespace: string, name: SearchAttributeName): string {
  return `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${SEARCH_ATTRIBUTES[name]}`;
}

function names(): readonly SearchAttributeName[] {
  return Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[];
}

function indexedType(name: (typeof TYPE_NAMES)[number]): number {
  return TYPE_NAMES.indexOf(name);
}
