/** A session over several runs, as its clients see it: one session. */
import { connect, SessionClosed, TranscriptUnavailable, type Session } from '../../client';
import { caught, eventually, PATIENCE_MS, uniqueName } from '../session/stage';
import {
  echo as echoAgent,
  firstStoringRun,
  forget,
  ledgerReader,
  longSession,
  runsOf,
  saidAfter,
  startEcho,
  talk,
  textOf,
  untilRun,
  type EchoStage,
} from './echo-chain';

const MESSAGES = 6;

let echo: EchoStage;
/** The run that stored its beginning is taken away, which the server does in its own time. */
let lost: { readonly session: Session; readonly runs: readonly string[]; readonly gone: Promise<unknown> };

beforeAll(async () => {
  echo = await startEcho();
  const session = await longSession(echo.stage.client);
  await talk(session, 0, MESSAGES);
  await untilRun(session, 3);
  const runs = await runsOf(echo.stage, session);
  const gone = forget(echo.stage, session, await firstStoringRun(echo.stage, session));
  gone.catch(() => undefined);
  lost = { session, runs, gone };
});

afterAll(() => echo?.stop());

const patient = { timeoutMs: PATIENCE_MS };
const said = async (session: Session): Promise<readonly string[]> =>
  (await session.wholeTranscript()).map((item) =>
    item.kind === 'user' || item.kind === 'assistant' ? (item.text ?? '') : item.kind,
  );

describe('the conversation of a session with several runs', () => {
  let session: Session;
  let runs: readonly string[];

  beforeAll(async () => {
    session = await longSession(echo.stage.client);
    await talk(session, 0, MESSAGES);
    await untilRun(session, 3);
    runs = await runsOf(echo.stage, session);
  });

  afterAll(() => session.end().catch(() => undefined));

  it('is read whole, from the earlier runs where the client has no ledger', async () => {
    expect(runs.length).toBeGreaterThanOrEqual(3);
    expect(await said(session)).toEqual(saidAfter(MESSAGES));
  });

  it('comes in pages without gaps, from wherever it is asked for', async () => {
    for (const from of [0, 3, MESSAGES * 2 - 1]) {
      let next: number | undefined = from;
      for await (const page of session.transcript({ from })) {
        expect(page).toMatchObject({ from: next, total: MESSAGES * 2 });
        expect(page).not.toHaveProperty('stored');
        expect(page.items.length).toBeGreaterThan(0);
        next = page.next;
        if (next !== undefined) expect(next).toBe(page.from + page.items.length);
      }
      expect(next).toBeUndefined();
    }
  });

  it('knows its first run, and is one line of the list', async () => {
    expect(await session.firstRunId()).toBe(runs[0]);
    expect((await session.status()).keyNamespace).toBe(runs[0]);
    // The server's list lags behind.
    const lines = await eventually('the list to have it', async () => {
      const listed = await echo.stage.client.listSessions({ agent: 'echo', status: 'waiting_for_user' });
      const found = listed.filter(({ sessionId }) => sessionId === session.id);
      return found.length > 0 ? found : undefined;
    });
    expect(lines).toMatchObject([{ agent: 'echo', status: 'waiting_for_user' }]);
  });

  it('is read by a worker that has nothing of it in memory, for the next model call', async () => {
    const other = await longSession(echo.stage.client);
    await talk(other, 0, 4);
    await untilRun(other, 2);
    await echo.stage.worker.stop();
    await echo.stage.startWorker({ agents: [echoAgent] });
    await talk(other, 4, 5);
    const body = echo.model.requests().at(-1)?.body.toString('utf8') ?? '';
    const { messages } = JSON.parse(body) as { messages: { role: string; content: string }[] };
    const heard = messages.filter(({ role }) => role !== 'system').map(({ content }) => content);
    expect(heard).toEqual([...saidAfter(4), textOf(4)]);
    await other.end();
  });
});

describe('a session that goes on in another run', () => {
  it('has not ended for who waits for its result, which is the last run’s', async () => {
    const session = await longSession(echo.stage.client);
    const result = session.result(patient);
    await talk(session, 0, 4);
    await untilRun(session, 2);
    expect(await session.ended()).toBeUndefined();
    await session.end({ reason: 'done' });
    expect(await result).toMatchObject({ status: 'completed', turns: 4, answer: textOf(3) });
    expect(await session.ended()).toMatchObject({ status: 'completed', reason: 'ended' });
    expect(await said(session)).toEqual(saidAfter(4));
  });

  it('answers every client’s message once and every question, however many come while runs change', async () => {
    const session = await longSession(echo.stage.client);
    const clients = await Promise.all(Array.from({ length: 3 }, () => echo.stage.connect()));
    const asking = { over: false };
    const questions = (async () => {
      for (; !asking.over;) await Promise.all([session.status(), session.pending(), session.usage(), session.ended()]);
    })();
    const texts = await Promise.all(
      clients.map(async (client, who) => {
        const answers: string[] = [];
        for (let n = 0; n < 5; n += 1) {
          const answer = await client.session(session.id).send(`${who} says ${n}`, patient);
          answers.push(answer.kind === 'reply' ? answer.text : answer.kind);
        }
        return answers;
      }),
    );
    asking.over = true;
    await questions;
    expect(texts).toEqual(clients.map((_, who) => Array.from({ length: 5 }, (_each, n) => `${who} says ${n}`)));
    expect(await session.status()).toMatchObject({ turn: 15, status: 'waiting_for_user' });
    expect((await session.status()).run).toBeGreaterThan(3);
    await session.end();
  });

  it('is ended and cancelled in its newest run, and then takes nothing any more', async () => {
    const session = echo.stage.client.session((await longSession(echo.stage.client)).id);
    await talk(session, 0, 3);
    expect(await session.end({ actId: 'the-end' })).toMatchObject({ kind: 'done' });
    expect(await session.result(patient)).toMatchObject({ turns: 3 });
    expect(await caught(session.end())).toBeInstanceOf(SessionClosed);

    const cancelled = await longSession(echo.stage.client);
    await talk(cancelled, 0, 3);
    await cancelled.cancel();
    expect(await caught(cancelled.result(patient))).toMatchObject({ code: 'SESSION_CANCELLED' });
    const nobody = echo.stage.client.session(uniqueName('nobody'));
    expect(await caught(nobody.cancel())).toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });
});

describe('a conversation whose beginning was stored by a run that is past its retention', () => {
  beforeAll(() => lost.gone);

  it('says what is missing, and where it is', async () => {
    const error = await caught(lost.session.wholeTranscript());
    expect(error).toBeInstanceOf(TranscriptUnavailable);
    expect(error.message).toMatch(
      /^the items 0 to \d+ of session \S+ cannot be read: its run \S+ is past the retention of the namespace; they are stored in the ledger "default" with the id \S+: read it with `holdfast transcript`/,
    );
    // What the newest run holds is there all the same.
    for await (const page of lost.session.transcript({ from: MESSAGES * 2 - 1 })) expect(page.items).toHaveLength(1);
  });

  it('is read from the ledger', async () => {
    const { readStoredPart, namespaces, close } = await ledgerReader(echo.stage);
    const { address, taskQueue } = echo.stage;
    const client = await connect({ address, taskQueue, readStoredPart });
    try {
      expect(await said(client.session(lost.session.id))).toEqual(saidAfter(MESSAGES));
      expect(namespaces).toEqual(new Set([lost.runs[0]]));
    } finally {
      await client.close();
      await close();
    }
  });

  it('is not taken from whoever gives something else', async () => {
    const { address, taskQueue } = echo.stage;
    const client = await connect({ address, taskQueue, readStoredPart: async () => [] });
    try {
      const error = await caught(client.session(lost.session.id).wholeTranscript());
      expect(error).toBeInstanceOf(TranscriptUnavailable);
      expect(error.message).toMatch(/the ledger "default" gives something else than what was stored \([0-9a-f]{64}\)/);
    } finally {
      await client.close();
    }
  });
});
