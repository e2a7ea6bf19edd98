/** Loads Node's own SQLite. On Node 22 that prints an ExperimentalWarning, which is of no use to whoever runs a worker. */
type NodeSqlite = typeof import('node:sqlite');

let loaded: NodeSqlite | undefined;

/** @throws Error that names the Node version needed. */
export function nodeSqlite(): NodeSqlite {
  if (loaded) return loaded;
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: []) => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (!text.startsWith('SQLite is an experimental feature')) emitWarning(warning, ...rest);
  };
  try {
    const found = process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined;
    if (!found) throw new Error(`the ledger needs Node 22.16 or later, this is ${process.version}`);
    loaded = found;
    return found;
  } finally {
    process.emitWarning = emitWarning;
  }
}
