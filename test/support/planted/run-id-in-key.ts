/** Planted: keys that hold the id of the run and not of the first one, so that a reset makes new ones. */
import { patchBundle } from './patch-bundle';

patchBundle('input.keyNamespace ?? firstExecutionRunId', '(0, workflow_1.workflowInfo)().runId');
void import('../worker-main.js');
