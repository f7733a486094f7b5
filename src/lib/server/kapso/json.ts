/** A JSON object of unknown content. */
export type JsonObject = Record<string, unknown>

/** The value as an object, or undefined for anything else (null and arrays too). */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

/** The object at `key`, if there is one. */
export function objectAt(value: JsonObject | undefined, key: string): JsonObject | undefined {
  return asObject(value?.[key])
}

/** The text at `key`. Absent, null and "" are alike; a number counts as its digits. */
export function textAt(value: JsonObject | undefined, key: string): string | undefined {
  const found = value?.[key]
  if (typeof found === 'number' && Number.isFinite(found)) return String(found)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/**
 * Makes every text in a parsed body storable: Postgres text holds no NUL, and UTF-8 no lone surrogate.
 * Depth is bounded, because a body of 20,000 nested arrays is valid JSON too.
 *
 * @throws RangeError when nested deeper than `depth`
 */
export function makeStorable(value: unknown, depth = 64): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD')
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) throw new RangeError('nested too deeply')
  if (Array.isArray(value)) return value.map((entry) => makeStorable(entry, depth - 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [makeStorable(key, depth), makeStorable(entry, depth - 1)]),
  )
}
