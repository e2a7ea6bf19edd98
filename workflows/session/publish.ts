/** The session's face in the Temporal Web UI: search attributes (at most two upserts a turn) and current details. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import {
  AGENT_SEARCH_ATTRIBUTE,
  COST_SEARCH_ATTRIBUTE,
  SEARCH_ATTRIBUTES,
  STATUS_SEARCH_ATTRIBUTE,
  TENANT_SEARCH_ATTRIBUTE,
} from '../contracts/names';
import type { SessionState } from './session-state';
import { currentDetails } from './summaries';

type Value = string | number;

/** @returns a function that publishes what changed since the last time. */
export function createPublisher(state: SessionState): { publish: () => void; showProgress: () => void } {
  const used = new Set(state.input.searchAttributes ?? Object.keys(SEARCH_ATTRIBUTES));
  // The client sets these when it starts a session; the first turn's upsert is then not needed. A session started by hand has none of
  // them, and gets them with the first change of status. A run that goes on with a session finds what the last one showed.
  const shown = new Map<string, Value>();
  const wanted = (): readonly [string, Value | undefined][] => [
    [STATUS_SEARCH_ATTRIBUTE, state.status],
    [COST_SEARCH_ATTRIBUTE, state.status === 'running' ? undefined : state.usage.microUsd / 1e6],
    [AGENT_SEARCH_ATTRIBUTE, state.status === 'running' ? undefined : state.input.agent],
    [TENANT_SEARCH_ATTRIBUTE, state.status === 'running' ? undefined : state.input.tenant],
  ];
  for (const [name, value] of wanted()) if (value !== undefined) shown.set(name, value);
  const showProgress = () => setCurrentDetails(currentDetails(state));
  const publish = () => {
    showProgress();
    const changed = wanted().filter(
      (pair): pair is [string, Value] => pair[1] !== undefined && used.has(pair[0]) && shown.get(pair[0]) !== pair[1],
    );
    if (changed.length === 0) return;
    for (const [name, value] of changed) shown.set(name, value);
    upsertSearchAttributes(
      changed.map(([name, value]) =>
        typeof value === 'number'
          ? { key: defineSearchAttributeKey(name, 'DOUBLE'), value }
          : { key: defineSearchAttributeKey(name, 'KEYWORD'), value },
      ),
    );
  };
  return { publish, showProgress };
}
