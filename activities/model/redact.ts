/** Takes secrets out of text before it becomes a failure or a log line: both are kept in clear, and shown. */
import { inertLine } from '../../workflows/contracts/display';

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{4,}/gi, '$1 [redacted]'],
  [/\b((?:x-)?api[-_]?key|authorization|token|password|secret)(["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi, '$1$2[redacted]'],
  [/\b(?:(?:sk|pk|rk|whsec|gh[pousr]|xox[abeprs])[-_]|key-)[A-Za-z0-9_*.-]{6,}/g, '[redacted]'],
  [/\/\/[^\s/@:]+:[^\s/@]+@/g, '//[redacted]@'],
  [/(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, '[redacted]'],
];

/** One inert line of at most `limit` characters, without keys, tokens, passwords and this worker's own API key. */
export function redact(text: string, limit = 500): string {
  let clean = text.slice(0, 20_000);
  const own = process.env.OPENAI_API_KEY?.trim();
  if (own && own.length >= 6) clean = clean.replaceAll(own, '[redacted]');
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return inertLine(clean, limit);
}
