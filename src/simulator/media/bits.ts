/** Collects bits, the most significant one of a byte first (JPEG, H.264) or the least (WebP lossless). */
export interface BitWriter {
  write(value: number, count: number): void
  /** The bytes so far; an unfinished one is filled up with `padding` bits. */
  toBuffer(padding?: 0 | 1): Buffer
  /** Whether the bits written so far end with a whole byte. */
  isAligned(): boolean
}

export function createBitWriter(order: 'most' | 'least'): BitWriter {
  const bits: number[] = []
  return {
    write(value, count) {
      for (let place = 0; place < count; place += 1) {
        const shift = order === 'most' ? count - 1 - place : place
        bits.push(Math.floor(value / 2 ** shift) & 1)
      }
    },
    isAligned: () => bits.length % 8 === 0,
    toBuffer(padding = 0) {
      const bytes = Buffer.alloc(Math.ceil(bits.length / 8))
      for (let place = 0; place < bytes.length * 8; place += 1) {
        const bit = bits[place] ?? padding
        const shift = order === 'most' ? 7 - (place % 8) : place % 8
        bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (bit << shift)
      }
      return bytes
    },
  }
}
