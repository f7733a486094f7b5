import { createBitWriter } from './bits.ts'

function buildChunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
}

function wrap(...chunks: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP', 'latin1'), ...chunks])
  const head = Buffer.alloc(8)
  head.write('RIFF', 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

/** One colour, lossless: each of the five prefix codes knows one symbol, so that a point takes no bit at all. */
function buildFrame(size: number, red: number, green: number, blue: number): Buffer {
  const bits = createBitWriter('least')
  bits.write(0x2f, 8)
  bits.write(size - 1, 14)
  bits.write(size - 1, 14)
  bits.write(0, 1 + 3) // alpha is not used; version
  bits.write(0, 1) // no transform
  bits.write(0, 1) // no colour cache
  bits.write(0, 1) // one set of prefix codes for all
  for (const symbol of [green, red, blue, 255, 0]) {
    bits.write(1, 1) // a simple code
    bits.write(0, 1) // of one symbol
    bits.write(1, 1) // told with 8 bits
    bits.write(symbol, 8)
  }
  return buildChunk('VP8L', bits.toBuffer())
}

function toUint24(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255]
}

/** A square WebP (RFC 9649) of one colour. */
export function buildWebp(size: number, hue: number): Buffer {
  return wrap(buildFrame(size, hue & 255, 140, 90))
}

/** One that goes back and forth between three colours. */
export function buildAnimatedWebp(size: number, hue: number): Buffer {
  const extended = Buffer.from([0b10, 0, 0, 0, ...toUint24(size - 1), ...toUint24(size - 1)])
  const animation = Buffer.from([255, 255, 255, 255, 0, 0])
  const frames = [0, 60, 120].map((shift) => {
    const place = [...toUint24(0), ...toUint24(0), ...toUint24(size - 1), ...toUint24(size - 1)]
    const head = Buffer.from([...place, ...toUint24(200), 0])
    return buildChunk('ANMF', Buffer.concat([head, buildFrame(size, (hue + shift) & 255, 140, 90)]))
  })
  return wrap(buildChunk('VP8X', extended), buildChunk('ANIM', animation), ...frames)
}
