/** An agent for tests of large results: its tools return as much as they are asked for (archive-script.ts is its model). */
import { z } from 'zod';
import { defineAgent, defineTool, type Agent } from '../../agents';
import { ARCHIVE } from './archive-script';

/** Makes a text of so many bytes in the tool itself, as one that reads a file would. */
const readFile = defineTool({
  name: 'read_file',
  description: 'Reads a file of so many bytes.',
  effect: 'idempotent',
  input: z.object({ bytes: z.int() }),
  run: ({ bytes }) => Buffer.alloc(bytes, 'lorem ipsum dolor sit amet ').toString('latin1'),
});

const fetchText = defineTool({
  name: 'fetch_text',
  description: 'Fetches a text from the source.',
  effect: 'read',
  input: z.object({ path: z.string() }),
  run: async ({ path }, ctx) => (await ctx.fetch(`${sourceUrl()}${path}`)).text(),
});

/** Its results are legal one by one. */
export const PAGE_BYTES = 400_000;
const readPage = defineTool({
  name: 'read_page',
  description: 'Reads one page of 400 KB.',
  effect: 'idempotent',
  input: z.object({ page: z.int() }),
  maxResultBytes: PAGE_BYTES + 1_000,
  run: ({ page }) => `${page} `.padEnd(PAGE_BYTES, 'lorem ipsum '),
});

function sourceUrl(): string {
  const url = process.env.ARCHIVE_SOURCE;
  if (!url) throw new Error('ARCHIVE_SOURCE is not set: this agent is for tests, which set it');
  return url;
}

export const agents: readonly Agent[] = [
  defineAgent({
    name: ARCHIVE,
    instructions: 'You look things up.',
    model: 'gpt-5-mini',
    tools: [readFile, fetchText, readPage],
    limits: { parallelCalls: 12 },
  }),
];

export const ledgers = {};
