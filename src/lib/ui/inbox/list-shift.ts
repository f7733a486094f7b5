/** How many rows are looked at: some of them may be the very ones that moved. */
const sampleSize = 7

/**
 * By how many places the rows that a reader looks at have moved, because others joined or left above them.
 * @param firstInSight place of the first row in sight, in the list as it was
 * @returns positive when they stand further down now
 */
export function findShift(
  before: readonly { id: string }[],
  after: readonly { id: string }[],
  firstInSight: number,
): number {
  const sample = before.slice(firstInSight, firstInSight + sampleSize)
  const wanted = new Map(sample.map(({ id }, index) => [id, firstInSight + index]))
  const shifts: number[] = []
  for (const [index, { id }] of after.entries()) {
    const place = wanted.get(id)
    if (place !== undefined) shifts.push(index - place)
    if (shifts.length === wanted.size) break
  }
  // What moved by itself is an exception among those that were moved.
  return shifts.sort((left, right) => left - right)[Math.floor(shifts.length / 2)] ?? 0
}
