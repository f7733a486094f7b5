/**
 * How alike two words are, between 0 and 1, after Jaro and Winkler: common letters at near places, transpositions, and a
 * bonus for a common beginning, where people misspell least. Symmetric.
 */
export function jaroWinkler(left: string, right: string): number {
  if (left === right) return 1
  const isOrdered = left.length < right.length || (left.length === right.length && left < right)
  const [short, long] = isOrdered ? [left, right] : [right, left]
  const jaro = jaroOf(short, long)
  if (jaro < 0.7) return jaro
  let prefix = 0
  while (prefix < 4 && prefix < short.length && short.charCodeAt(prefix) === long.charCodeAt(prefix)) prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
}

function jaroOf(short: string, long: string): number {
  if (short.length === 0 || short.length > 31 || long.length > 31) return 0
  const reach = Math.max(0, (long.length >> 1) - 1)
  // Which letters are taken, one bit each: words are short, and this runs millions of times.
  let takenShort = 0
  let takenLong = 0
  let common = 0
  for (let at = 0; at < short.length; at++) {
    const letter = short.charCodeAt(at)
    const end = Math.min(long.length - 1, at + reach)
    for (let other = Math.max(0, at - reach); other <= end; other++) {
      if ((takenLong & (1 << other)) !== 0 || long.charCodeAt(other) !== letter) continue
      takenShort |= 1 << at
      takenLong |= 1 << other
      common++
      break
    }
  }
  if (common === 0) return 0
  let misplaced = 0
  let other = 0
  for (let at = 0; at < short.length; at++) {
    if ((takenShort & (1 << at)) === 0) continue
    while ((takenLong & (1 << other)) === 0) other++
    if (short.charCodeAt(at) !== long.charCodeAt(other)) misplaced++
    other++
  }
  return (common / short.length + common / long.length + (common - misplaced / 2) / common) / 3
}

/** Whether one insertion, deletion, change of a letter, or two neighbours changing places, makes one of the other. */
export function isOneSlipApart(left: string, right: string): boolean {
  if (left === right || Math.abs(left.length - right.length) > 1) return false
  const [short, long] = left.length <= right.length ? [left, right] : [right, left]
  let at = 0
  while (at < short.length && short[at] === long[at]) at++
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1)
  if (short.slice(at + 1) === long.slice(at + 1)) return true
  return (
    short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2)
  )
}

/** How alike two texts of several words are, in any order: each word with its best partner, by length. */
export function textSimilarity(left: string, right: string): number {
  if (left === right) return 1
  const [few, many] = [left.split(' '), right.split(' ')].sort(
    (a, b) => a.length - b.length || (a.join(' ') < b.join(' ') ? -1 : 1),
  ) as [string[], string[]]
  const rest = [...many]
  let alike = 0
  for (const word of few) {
    let best = -1
    let bestSimilarity = 0
    rest.forEach((other, at) => {
      const similarity =
        /\d/.test(word) || /\d/.test(other) ? numberSimilarity(word, other) : jaroWinkler(word, other)
      if (similarity > bestSimilarity) [best, bestSimilarity] = [at, similarity]
    })
    if (best < 0) continue
    alike += bestSimilarity * (word.length + (rest[best]?.length ?? 0))
    rest.splice(best, 1)
  }
  const joined = [left.replaceAll(' ', ''), right.replaceAll(' ', '')] as const
  const words = alike / (joined[0].length + joined[1].length)
  return digitsOf(left) === digitsOf(right) ? Math.max(words, jaroWinkler(...joined) * 0.98) : words
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, '')
}

/** House number 17 is not nearly 18. */
function numberSimilarity(left: string, right: string): number {
  if (left === right) return 1
  return left.length >= 4 && isOneSlipApart(left, right) ? 0.85 : 0
}
