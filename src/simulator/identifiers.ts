import { createHash } from 'node:crypto'
import type { World } from './world.ts'

/** Names drawn from the seed: the same seed and the same parts always give the same value. */
export interface Identifiers {
  uuid(...parts: unknown[]): string
  hex(length: number, ...parts: unknown[]): string
  digits(length: number, ...parts: unknown[]): string
  /** At least 0, below 1. */
  fraction(...parts: unknown[]): number
  pick<T>(choices: readonly [T, ...T[]], ...parts: unknown[]): T
  /** The next number, from 1, of the counter with this name. */
  next(counter: string): number
}

/** Identifiers of a world; the counters live in the world, so that they go on after a restart. */
export function createIdentifiers(world: World): Identifiers {
  function digest(parts: unknown[]): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([world.seed, world.epoch, ...parts]))
      .digest()
  }

  function fraction(...parts: unknown[]): number {
    return digest(parts).readUInt32BE(0) / 2 ** 32
  }

  return {
    uuid(...parts) {
      const hex = digest(parts).toString('hex')
      const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
      return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        `4${hex.slice(13, 16)}`,
        `${variant}${hex.slice(17, 20)}`,
        hex.slice(20, 32),
      ].join('-')
    },
    hex: (length, ...parts) => digest(parts).toString('hex').slice(0, length).toUpperCase(),
    digits: (length, ...parts) =>
      BigInt(`0x${digest(parts).toString('hex')}`)
        .toString()
        .slice(-length)
        .padStart(length, '1'),
    fraction,
    pick: (choices, ...parts) => choices[Math.floor(fraction(...parts) * choices.length)] ?? choices[0],
    next(counter) {
      const value = (world.counters.get(counter) ?? 0) + 1
      world.counters.set(counter, value)
      return value
    },
  }
}

/**
 * A WhatsApp message id. Meta's own samples decode to a Thrift record that holds the customer's phone digits, a
 * direction mark (0x12 from the customer, 0x11 from the business) and 20 or 18 hexadecimal characters.
 */
export function buildWamid(phoneDigits: string, isInbound: boolean, hex: string): string {
  const phone = Buffer.from(phoneDigits, 'latin1')
  const random = Buffer.from(hex, 'latin1')
  const record = Buffer.concat([
    Buffer.from([0x1c, 0x18, phone.length]),
    phone,
    Buffer.from([0x15, 0x02, 0x00, isInbound ? 0x12 : 0x11, 0x18, random.length]),
    random,
    Buffer.from([0x00]),
  ])
  return `wamid.${record.toString('base64')}`
}
