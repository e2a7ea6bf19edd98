/** The session's face in the Temporal Web UI: search attributes (at most two upserts a turn, and one where what waits changes) and current details. */
import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../contracts/names';
import { FIRST_SEARCH_ATTRIBUTES, searchValues, type SearchAttributeName, type SearchValue } from './search-values';
import type { SessionState } from './session-state';
import { currentDetails } from './summaries';

/** @returns a function that publishes what changed since the last time. */
export function createPublisher(state: SessionState): { publish: () => void; showProgress: () => void } {
  const { searchAttributes } = state.input;
  const used = new Set(searchAttributes ?? Object.keys(SEARCH_ATTRIBUTES));
  const triggers = new Set<string>(searchAttributes ?? FIRST_SEARCH_ATTRIBUTES);
  const shown =
    searchAttributes === undefined ? supposed(state) : new Map<string, SearchValue | null>(known(searchAttributes));
  const showProgress = () => setCurrentDetails(currentDetails(state));
  const publish = () => {
    showProgress();
    const changed = searchValues(state).flatMap(([name, value]) =>
      value !== undefined && used.has(name) && !isSame(shown.get(name) ?? null, value) ? [[name, value] as const] : [],
    );
    if (!changed.some(([name]) => triggers.has(name))) return;
    for (const [name, value] of changed) shown.set(name, value);
    upsertSearchAttributes(changed.map(([name, value]) => updateOf(name, value)));
  };
  return { publish, showProgress };
}

/** What is shown when this run begins, as the server handed it on: the client sets some at the start, and the run before this one the rest. */
function known(names: readonly string[]): readonly (readonly [string, SearchValue])[] {
  const { typedSearchAttributes } = workflowInfo();
  return typedSearchAttributes
    .getAll()
    .flatMap(({ key, value }) => (names.includes(key.name) ? [[key.name, value as SearchValue] as const] : []));
}

/**
 * The same where the session was started without a list of its attributes, as its history was made: the client set these when it started the session, and
 * the first turn's upsert is then not needed; one that was started by hand has none of them, and gets them with the first change of status.
 */
function supposed(state: SessionState): Map<string, SearchValue | null> {
  const shown = new Map<string, SearchValue | null>();
  for (const [name, value] of searchValues(state)) {
    if (FIRST_SEARCH_ATTRIBUTES.includes(name) && value !== undefined) shown.set(name, value);
  }
  return shown;
}

function isSame(one: SearchValue | null, other: SearchValue | null): boolean {
  return one === other || (one !== null && other !== null && JSON.stringify(one) === JSON.stringify(other));
}

/** `null` unsets it, so that `IS NOT NULL` finds those that have a value. */
function updateOf(name: SearchAttributeName, value: SearchValue | null): SearchAttributeUpdatePair {
  switch (SEARCH_ATTRIBUTES[name]) {
    case 'Keyword':
      return { key: defineSearchAttributeKey(name, 'KEYWORD'), value: value as string | null };
    case 'Double':
      return { key: defineSearchAttributeKey(name, 'DOUBLE'), value: value as number | null };
    case 'Int':
      return { key: defineSearchAttributeKey(name, 'INT'), value: value as number | null };
    case 'KeywordList':
      return { key: defineSearchAttributeKey(name, 'KEYWORD_LIST'), value: value as string[] | null };
  }
}
