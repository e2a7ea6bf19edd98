/** Planted: an interpreter that drops the outcome of the last call of a step. */
import { patchBundle } from './patch-bundle';

patchBundle(
  "(0, session_state_1.apply)(state, { kind: 'items_appended', items }, now);",
  "(0, session_state_1.apply)(state, { kind: 'items_appended', items: items.slice(0, -1) }, now);",
);
void import('../worker-main.js');
