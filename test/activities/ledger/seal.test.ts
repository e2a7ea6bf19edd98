import type { PayloadCodec } from '@temporalio/common';
import { LedgerOpenError } from '../../../activities/ledger/ledger-url';
import { openLedger } from '../../../activities/ledger/open-ledger';
import { temporaryLedgerUrl } from './temporary-ledger';

const codec: PayloadCodec = { encode: async (payloads) => payloads, decode: async (payloads) => payloads };

test('a ledger that was opened with codecs turns away whoever comes without', async () => {
  const url = await temporaryLedgerUrl();
  const plain = { name: 'default', url };
  const sealed = { ...plain, payloadCodecs: [codec] };
  // Codecs may be switched on for a ledger that is in use; two processes at once are one too many for nobody.
  await (await openLedger(plain)).close();
  const opened = await Promise.all([openLedger(sealed), openLedger(sealed)]);
  expect(opened[0].id).toBe(opened[1].id);
  await Promise.all(opened.map((ledger) => ledger.close()));
  for (const options of [plain, { ...plain, payloadCodecs: [] }]) {
    const refused = openLedger(options);
    await expect(refused).rejects.toThrow(LedgerOpenError);
    await expect(refused).rejects.toThrow(
      'ledger "default" holds sealed content, and this process was given no payloadCodecs',
    );
  }
  await (await openLedger(sealed)).close();
});
