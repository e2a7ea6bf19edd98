/** A call id as providers take it: some accept letters, digits, `_` and `-` only, so the dots of ours become `_`. Still unique. */
export function providerCallId(callId: string): string {
  return callId.replaceAll('.', '_');
}
