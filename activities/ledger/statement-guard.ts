/**
 * What a tool may not do with the transaction it was given: end it, leave it, or change the connection for those who use it next. Its writes
 * and the record of them would come apart.
 */

/** First words of statements of Postgres that end a transaction, or outlive it on the connection. */
const REFUSED =
  /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare|deallocate|discard|reset|listen|unlisten|set\s+(?!local\s|constraints\s)\w+|set\s+local\s+(?:transaction|session|synchronous_commit))\b\s*\w*/i;

/** @returns the words of the statement that are refused; undefined for one that may run. */
export function refusedStatement(text: string): string | undefined {
  return REFUSED.exec(text.slice(startOf(text)))?.[0]
    .trim()
    .split(/\s+/)
    .slice(0, 2)
    .join(' ')
    .toUpperCase();
}

/** Where the first word begins, after white space, empty statements and comments, which Postgres lets nest. */
function startOf(text: string): number {
  let at = 0;
  for (;;) {
    if (/[\s;]/.test(text.charAt(at))) at += 1;
    else if (text.startsWith('--', at)) at = endOfLine(text, at);
    else if (text.startsWith('/*', at)) at = endOfComment(text, at);
    else return at;
  }
}

function endOfLine(text: string, from: number): number {
  const found = text.slice(from).search(/[\r\n]/);
  return found < 0 ? text.length : from + found;
}

function endOfComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length;) {
    if (text.startsWith('/*', at)) depth += 1;
    else if (text.startsWith('*/', at)) depth -= 1;
    else {
      at += 1;
      continue;
    }
    at += 2;
    if (depth === 0) return at;
  }
  return text.length;
}
