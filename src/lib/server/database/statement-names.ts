import { hash } from 'node:crypto'

/** Texts that vary without end (a list of values written out) must not fill Postgres' memory with plans. */
const mostNames = 1000

/**
 * Gives each text of a statement a short name, under which a connection prepares it once and keeps its plan. Hashed once
 * for each text; undefined once there are too many of them.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined || names.size >= mostNames) return known
    const name = hash('sha256', text, 'base64url').slice(0, 20)
    names.set(text, name)
    return name
  }
}
