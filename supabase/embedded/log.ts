/** Where the embedded stack says things: one call per line, ready for a terminal. */
export type Log = (line: string) => void
