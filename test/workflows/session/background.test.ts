/** Work that nobody waits for, and the worker that lets go of its workflow meanwhile. */
import * as workflow from '@temporalio/workflow';
import { background } from '../../../workflows/session/background';

jest.mock('@temporalio/workflow', () => ({ inWorkflowContext: jest.fn() }));
const isOpen = jest.mocked(workflow.inWorkflowContext);

const FAILURE = new Error('Workflow uninitialized');

it('does no harm where the workflow was disposed of', async () => {
  isOpen.mockReturnValue(false);
  // Jest, as the worker, ends by an error that is told to nobody.
  background(Promise.reject(FAILURE));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOpen).toHaveBeenCalledTimes(1);
});

it('fails the workflow task of an open workflow: a bug is not passed over', () => {
  isOpen.mockReturnValue(true);
  const work = Promise.resolve();
  const listen = jest.spyOn(work, 'catch');
  background(work);
  const [toldOf] = listen.mock.calls[0] ?? [];
  expect(() => toldOf?.(FAILURE)).toThrow(FAILURE);
});
