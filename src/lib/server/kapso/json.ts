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
  return value !== undefined && Object.hasOwn(value, key) ? asObject(value[key]) : undefined
}

/** The objects of the array at `key`, `most` of them at the most; entries that are no objects are left out. */
export function objectsAt(value: JsonObject | undefined, key: string, most: number): JsonObject[] {
  const listed = value?.[key]
  if (!Array.isArray(listed)) return []
  const objects: JsonObject[] = []
  for (const entry of listed as unknown[]) {
    if (objects.length === most) break
    const object = asObject(entry)
    if (object !== undefined) objects.push(object)
  }
  return objects
}

/**
 * The text at `key`, storable. Absent, null and "" are alike; a number counts as its digits.
 *
 * @param longest in UTF-16 units; the rest is cut off
 */
export function textAt(
  value: JsonObject | undefined,
  key: string,
  longest = Number.POSITIVE_INFINITY,
): string | undefined {
  return asText(value?.[key], longest)
}

/** The value as a storable text, by the rules of `textAt`. */
export function asText(value: unknown, longest = Number.POSITIVE_INFINITY): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  return typeof value === 'string' && value !== '' ? makeStorable(value, longest) : undefined
}

/** The finite number at `key`; a text counts when it is a plain decimal number. */
export function numberAt(value: JsonObject | undefined, key: string): number | undefined {
  const found = value?.[key]
  const number =
    typeof found === 'string' && /^-?\d{1,30}(\.\d{1,30})?$/.test(found.trim()) ? Number(found) : found
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** The whole number at `key`, zero or more, as far as JavaScript counts exactly. */
export function countAt(value: JsonObject | undefined, key: string): number | undefined {
  const found = numberAt(value, key)
  return found !== undefined && Number.isSafeInteger(found) && found >= 0 ? found : undefined
}

/** True for true and for the text `true`. */
export function isTrueAt(value: JsonObject | undefined, key: string): boolean {
  return value?.[key] === true || value?.[key] === 'true'
}

/** The http(s) address at `key`; a page may make it a link, so nothing else passes. */
export function webAddressAt(value: JsonObject | undefined, key: string): string | undefined {
  const found = value?.[key]
  return typeof found === 'string' && found.length <= 4096 && /^https?:\/\/[^\s\0]+$/i.test(found)
    ? found.toWellFormed()
    : undefined
}

/** Postgres text holds no NUL, and UTF-8 no lone surrogate: neither from the sender nor from cutting a pair in two. */
export function makeStorable(text: string, longest = Number.POSITIVE_INFINITY): string {
  const cut = text.length > longest ? text.slice(0, longest) : text
  const clean = cut.isWellFormed() ? cut : cut.toWellFormed()
  return clean.includes('\0') ? clean.replaceAll('\0', '\uFFFD') : clean
}

/** True when arrays and objects nest deeper than `depth`: a body of 20,000 nested arrays is valid JSON too. */
export function isNestedDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  if (Array.isArray(value)) {
    for (const entry of value as unknown[]) if (isNestedDeeperThan(entry, depth - 1)) return true
    return false
  }
  for (const key in value) if (isNestedDeeperThan((value as JsonObject)[key], depth - 1)) return true
  return false
}
