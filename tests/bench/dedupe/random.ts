/** Chance that a seed repeats. */
export interface Random {
  /** From 0 up to 1. */
  next: () => number
  /** A whole number from 0 up to, without, the limit. */
  below: (limit: number) => number
  isChance: (probability: number) => boolean
  pick: <T>(values: readonly T[]) => T
  /** The first values far oftener than the last: the n-th about 1/n as often. */
  pickCommon: <T>(values: readonly T[]) => T
}

/** Mulberry32: 32 bits of state are enough to make test data. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  const at = <T>(values: readonly T[], index: number): T => {
    const value = values[index]
    if (value === undefined) throw new RangeError('Nothing to pick from')
    return value
  }
  return {
    next,
    below,
    isChance: (probability) => next() < probability,
    pick: (values) => at(values, below(values.length)),
    pickCommon: (values) => at(values, Math.floor(values.length ** next()) - 1),
  }
}
