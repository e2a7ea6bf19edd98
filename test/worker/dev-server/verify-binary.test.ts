/** What counts as a usable Temporal CLI, by what it says of itself. */
import { judgeVersion } from '../../../worker/dev-server/verify-binary';

test.each([
  'temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)',
  'temporal version 0.0.0-DEV (Server 1.28.0, UI 2.50.1)',
  'temporal version 3.0.0 (Server 2.0.0, UI 3.0.0)',
])('%s is good', (output) => {
  expect(judgeVersion(output)).toEqual({ kind: 'good', version: output });
});

test.each([
  ['temporal version 1.1.0 (Server 1.25.1, UI 2.31.2)', /too old .* server 1\.28 or newer/],
  ['temporal version 0.9.0 (Server 0.99.0, UI 1.0.0)', /too old/],
  ['temporal 3.2', /not the Temporal CLI/],
  ['', /not the Temporal CLI/],
])('%j is bad', (output, reason) => {
  expect(judgeVersion(output)).toEqual({ kind: 'bad', reason: expect.stringMatching(reason) as string });
});
