/** A transactional tool through the activity, with a data database of its own. DESIGN section 5, rule 8. */
import path from 'node:path';
import { z } from 'zod';
import { defineTool, ledgerNamed, type ToolContext } from '../../../agents';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import { temporaryFolder, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

type Data = { visits: { slot: string } };
type Body = (ctx: ToolContext) => unknown;

const good = () => ({ id: 7 });

describe('a transactional tool', () => {
  async function dataDesk(body: Body) {
    const url = path.join(temporaryFolder(), 'data.sqlite');
    const data = new (nodeSqlite().DatabaseSync)(url);
    data.exec('create table visits (slot text)');
    data.close();
    const ledger = await temporaryLedger({ url });
    const tool = defineTool({
      name: 'work',
      description: 'works',
      effect: 'transactional',
      input: z.object({}),
      ledger: ledgerNamed<Data>('default'),
      run: async (_args, ctx) => {
        await ctx.tx.insertInto('visits').values({ slot: 'tue-9' }).execute();
        return body(ctx);
      },
    });
    const visits = () => {
      const look = new (nodeSqlite().DatabaseSync)(url, { readOnly: true });
      const rows = look.prepare('select slot from visits').all();
      look.close();
      return rows.length;
    };
    return { tool, visits, ...desk([tool], [ledger]) };
  }

  it('commits what it wrote once', async () => {
    const { tool, call, visits } = await dataDesk(good);
    expect(await call(tool)).toMatchObject({ outcome: { kind: 'succeeded', result: { id: 7 } }, ledger: 'ran' });
    expect(await call(tool, { info: { attempt: 2 } })).toMatchObject({ ledger: 'replayed' });
    expect(visits()).toBe(1);
  });

  it('may not reach out while its transaction is open', async () => {
    const { tool, call, visits } = await dataDesk((ctx) => ctx.fetch('http://127.0.0.1:1/'));
    expect(await call(tool)).toMatchObject({
      thrown: 'ToolFailed',
      message: expect.stringMatching(/must not wait for anything but its database/),
    });
    expect(visits()).toBe(0);
  });
});
