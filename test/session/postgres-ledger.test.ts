/** A session whose ledgers are on Postgres: the default one by its address, and one that a transactional tool names, in the same database. */
import { z } from 'zod';
import { defineAgent, defineTool, ledgerNamed } from '../../agents';
import { openLedger } from '../../activities/ledger/open-ledger';
import { callsTool, says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { queryOnce, temporaryDatabase } from '../support/postgres';
import { startStage, uniqueName, type Stage } from './stage';

type Clinic = { visits: { slot: string } };

const reminded: string[] = [];

const desk = defineAgent({
  name: 'desk',
  instructions: 'You book visits.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'book',
      description: 'Books a visit.',
      effect: 'transactional',
      ledger: ledgerNamed<Clinic>('clinic'),
      input: z.object({ slot: z.string() }),
      key: ({ slot }) => slot,
      run: async ({ slot }, { tx }) => {
        await tx.insertInto('visits').values({ slot }).execute();
        return { booked: slot };
      },
    }),
    defineTool({
      name: 'remind',
      description: 'Sends a reminder.',
      effect: 'idempotent',
      input: z.object({ slot: z.string() }),
      run: ({ slot }) => {
        reminded.push(slot);
        return { reminded: slot };
      },
    }),
  ],
});

let model: ScriptedOpenAI;
let stage: Stage;
let database: Awaited<ReturnType<typeof temporaryDatabase>>;

beforeAll(async () => {
  database = await temporaryDatabase();
  await queryOnce(database.url, 'create table visits (slot text primary key)');
  model = await startScriptedOpenAI({
    script: {
      name: 'desk',
      turns: [
        {
          user: /^book /,
          answers: [
            () => callsTool('book', { slot: 'tue-9' }),
            () => callsTool('remind', { slot: 'tue-9' }),
            () => says('booked'),
          ],
        },
      ],
      fallback: () => says('?'),
    },
  });
  stage = await startStage({
    agents: [desk],
    modelUrl: model.url,
    ledgerUrl: database.url,
    ledgers: () => ({ clinic: database.url }),
  });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
  await database?.drop();
});

it('books once although the model asks twice, and keeps every call and answer in the database', async () => {
  const sessionId = uniqueName('postgres');
  expect(await stage.client.send({ sessionId, agent: 'desk', text: 'book tuesday' })).toMatchObject({
    kind: 'reply',
    text: 'booked',
  });
  expect(await stage.client.send({ sessionId, agent: 'desk', text: 'book it again' })).toMatchObject({
    kind: 'reply',
    text: 'booked',
  });
  expect(await queryOnce(database.url, 'select slot from visits')).toEqual([{ slot: 'tue-9' }]);
  expect(reminded).toEqual(['tue-9', 'tue-9']);

  const rows = await queryOnce<{ namespace: string; kind: string; state: string }>(
    database.url,
    'select namespace, kind, state from holdfast_calls',
  );
  expect(rows.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
    ...Array.from({ length: 6 }, () => 'model succeeded'),
    ...Array.from({ length: 4 }, () => 'tool succeeded'),
  ]);
  const ledger = await openLedger({ name: 'default', url: database.url });
  const calls = await ledger.calls({ sessionNamespace: rows[0]?.namespace ?? '' });
  await ledger.close();
  const booked = calls.filter((call) => call.tool === 'book');
  expect(booked.map((call) => call.sameAsCall !== undefined)).toEqual([false, true]);
});
