import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'

/** Where a code of a RuleViolation or NotFound is thrown. */
export interface ThrownCode {
  code: string
  /** Path from the project's root. */
  file: string
}

const thrown = ['RuleViolation', 'NotFound']

/** Every code that the program refuses something with. Throws where one is made in a way that this does not read. */
export async function findThrownCodes(): Promise<ThrownCode[]> {
  const found: ThrownCode[] = []
  for await (const file of glob('src/{lib,routes}/**/*.ts', {
    exclude: ['**/*.test.ts', '**/generated/**'],
  })) {
    for (const code of readThrownCodes(readFileSync(file, 'utf8'), file))
      found.push({ code, file: join(file) })
  }
  return found
}

/**
 * The codes of one module: words that stand in its source, or the keys of the table that the message is taken from
 * (`new RuleViolation(error.message, refusals[error.message])`).
 */
export function readThrownCodes(source: string, file: string): string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const variables = new Map<string, ts.Expression>()
  const codes: string[] = []

  function note(node: ts.Node): void {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
      variables.set(node.name.text, node.initializer)
    ts.forEachChild(node, note)
  }

  /** The keys of every object that an expression is made of. */
  function keysIn(node: ts.Node, seen: ReadonlySet<string> = new Set()): string[] {
    if (ts.isObjectLiteralExpression(node)) {
      return node.properties.flatMap(({ name }) =>
        name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? [name.text] : [],
      )
    }
    if (ts.isIdentifier(node)) {
      const value = variables.get(node.text)
      return value && !seen.has(node.text) ? keysIn(value, new Set([...seen, node.text])) : []
    }
    const keys: string[] = []
    ts.forEachChild(node, (child) => {
      keys.push(...keysIn(child, seen))
    })
    return keys
  }

  function read(node: ts.Node): void {
    if (
      ts.isNewExpression(node) &&
      ts.isIdentifier(node.expression) &&
      thrown.includes(node.expression.text)
    ) {
      const [code, message] = node.arguments ?? []
      const known = code && ts.isStringLiteral(code) ? [code.text] : message ? keysIn(message) : []
      if (known.length === 0) throw new Error(`${file}: which codes are these? ${node.getText()}`)
      codes.push(...known)
    }
    ts.forEachChild(node, read)
  }

  note(tree)
  read(tree)
  return codes
}
