/** Planted: the arguments that a model sends go through JSON.parse without a guard. */
import type { ArgumentsRead, readArguments } from '../../../activities/model/read-arguments';
import { patchExport } from './patch-export';

patchExport<typeof readArguments>('activities/model/read-arguments', 'readArguments', () => (text): ArgumentsRead => {
  const value = JSON.parse(text) as Record<string, never>;
  return { ok: true, value: new Map(Object.entries(value)), coercions: [] };
});
void import('../worker-main.js');
