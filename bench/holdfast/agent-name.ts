/** Name of the benches' agent: shared by the worker that has it and the sessions that ask for it. */
export const BENCH_AGENT = 'bench';
