/**
 * Tells whether two rows, made of plain data only, say the same. Rows come again with every catch-up; keeping the
 * object of an unchanged row means that nothing of it is drawn again.
 */
export function isSameRow(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (!isRecord(left) || !isRecord(right)) return false
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => isSameRow(left[key], right[key]))
}

/** Orders two moments (ISO 8601); strings that no clock can read come first. */
export function compareMoments(left: string, right: string): number {
  return readMoment(left) - readMoment(right)
}

/** Orders two ids: UUIDs alphabetically, numbers in text form by value. */
export function compareIds(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}

function readMoment(moment: string): number {
  const time = Date.parse(moment)
  return Number.isNaN(time) ? 0 : time
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
