/**
 * The failure converter of the sandbox: the SDK's own, and total. A failure of an activity or a child is in history for good, so one that the SDK throws on would
 * fail the workflow task for ever.
 */
import { ApplicationFailure, DefaultFailureConverter, type FailureConverter } from '@temporalio/common';

/** The SDK comes back to it for each cause, so that only the one that cannot be read is replaced. */
class TotalFailureConverter extends DefaultFailureConverter {
  override failureToError(
    ...[failure, ...rest]: Parameters<FailureConverter['failureToError']>
  ): ReturnType<FailureConverter['failureToError']> {
    try {
      return super.failureToError(failure, ...rest);
    } catch (error) {
      const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
      return ApplicationFailure.create({
        type: 'UnreadableFailure',
        message: `${failure.message?.slice(0, 1_000) ?? ''} (the failure could not be read: ${why})`,
        nonRetryable: true,
      });
    }
  }
}

export const failureConverter: FailureConverter = new TotalFailureConverter();
