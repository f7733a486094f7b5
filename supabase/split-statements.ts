/**
 * What may stand in SQL text without its semicolons ending a statement, and the words and semicolons that matter.
 * The last alternative takes runs of everything else.
 */
const token = new RegExp(
  [
    /--[^\n]*/,
    /\/\*/,
    /\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'?/,
    /'(?:[^']|'')*'?/,
    /"(?:[^"]|"")*"?/,
    /(?<![\w$])\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/,
    /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/,
    /;/,
    /[^-/'"$;A-Za-z_\u0080-\uffff]+|[\s\S]/,
  ]
    .map((part) => part.source)
    .join('|'),
  'gy',
)

/**
 * Splits SQL text at the semicolons that end statements, as the Supabase CLI records them: trimmed, without the
 * semicolon, comments kept. Knows quotes, dollar quotes, nested comments and `begin atomic ... end` bodies.
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = []
  let start = 0
  let position = 0
  let atomicDepth = 0
  let previousWord = ''
  while (position < sql.length) {
    token.lastIndex = position
    const text = token.exec(sql)?.[0] ?? sql.slice(position)
    position += text.length
    if (text === '/*') position = endOfBlockComment(sql, position)
    else if (/^\$.*\$$/.test(text)) position = endOfDollarQuote(sql, text, position)
    else if (/^[A-Za-z]/.test(text) && !/['"]/.test(text)) {
      const word = text.toLowerCase()
      if (word === 'atomic' && previousWord === 'begin') atomicDepth = 1
      else if (atomicDepth > 0 && word === 'case') atomicDepth += 1
      else if (atomicDepth > 0 && word === 'end') atomicDepth -= 1
      previousWord = word
    } else if (text === ';' && atomicDepth === 0) {
      statements.push(sql.slice(start, position - 1).trim())
      start = position
    }
  }
  statements.push(sql.slice(start).trim())
  return statements.filter((statement) => statement !== '')
}

function endOfBlockComment(sql: string, from: number): number {
  const edge = /\/\*|\*\//g
  edge.lastIndex = from
  for (let depth = 1, match = edge.exec(sql); match; match = edge.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1
    if (depth === 0) return edge.lastIndex
  }
  return sql.length
}

function endOfDollarQuote(sql: string, quote: string, from: number): number {
  const end = sql.indexOf(quote, from)
  return end === -1 ? sql.length : end + quote.length
}
