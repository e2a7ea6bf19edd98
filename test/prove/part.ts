/** What a part of the proof comes back with. */
import type { Json } from '../../workflows/contracts/json';

export interface PartReport {
  readonly name: string;
  readonly passed: boolean;
  readonly tookMs: number;
  /** One line for people. */
  readonly summary: string;
  /** What did not hold, in words; empty where it passed. */
  readonly failures: readonly string[];
  readonly figures: Json;
}

export interface ProveOptions {
  /** Gets the reports. */
  readonly folder: string;
  readonly seed: number;
  /** Payments that are cut off, for each figure. */
  readonly total: number;
  /** Sessions for each worker that dies. */
  readonly batch: number;
  readonly say: (line: string) => void;
}

export interface Part {
  readonly name: string;
  readonly what: string;
  readonly run: (options: ProveOptions) => Promise<Omit<PartReport, 'name' | 'tookMs' | 'passed'>>;
}

/** A part that cannot be played has failed. */
export async function runPart(part: Part, options: ProveOptions): Promise<PartReport> {
  const began = Date.now();
  try {
    const report = await part.run(options);
    return { ...report, name: part.name, passed: report.failures.length === 0, tookMs: Date.now() - began };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      name: part.name,
      passed: false,
      tookMs: Date.now() - began,
      summary: 'could not be played',
      failures: [failure],
      figures: null,
    };
  }
}
