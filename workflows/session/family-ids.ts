/** Ids of what is in a child, as its parent shows them: with the path of the child before them. Plain code. */

/** The id of a call, or of what waits, of a child, as its parent shows it: `h1:<call>`, and of a child's child `h1/h2:<call>`. */
export function withPath(path: string, id: string): string {
  return /^h\d[h\d/]*:/.test(id) ? `${path}/${id}` : `${path}:${id}`;
}

/** The child that an id is of, and the id in that; undefined for one of the session's own. */
export function splitId(id: string): { readonly child: string; readonly id: string } | undefined {
  const found = /^(h\d+)(\/(h[h\d/]*):|:)(.*)$/.exec(id);
  if (!found) return undefined;
  const [, child = '', , below, rest = ''] = found;
  return { child, id: below === undefined ? rest : `${below}:${rest}` };
}
