import { createBitWriter } from './bits.ts'

// Huffman table K.3 of the JPEG standard (DC, luminance): how many codes there are of each length, and their values.
const dcCounts = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
const dcValues = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

function buildCodes(counts: number[], values: number[]): Map<number, [code: number, length: number]> {
  const codes = new Map<number, [number, number]>()
  let code = 0
  let place = 0
  for (const [index, count] of counts.entries()) {
    for (let one = 0; one < count; one += 1) codes.set(values[place++] ?? 0, [code++, index + 1])
    code <<= 1
  }
  return codes
}

function buildSegment(marker: number, data: number[]): Buffer {
  const length = data.length + 2
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...data])
}

/** The colour of a block as Y, Cb and Cr, each from -128 to 127. */
function colourOf(x: number, y: number, hue: number): [number, number, number] {
  return [
    Math.round(70 * Math.sin(x / 5 + hue / 40) * Math.cos(y / 7)),
    Math.round(60 * Math.sin(x / 9 + hue / 30)),
    Math.round(60 * Math.cos(y / 8 + hue / 50)),
  ]
}

/**
 * A baseline JPEG (ITU-T T.81) of flat blocks of 8 x 8 points: only the DC coefficient of each block is there.
 * @param columns the width in blocks
 */
export function buildJpeg(columns: number, rows: number, hue: number): Buffer {
  const codes = buildCodes(dcCounts, dcValues)
  const bits = createBitWriter('most')
  const before = [0, 0, 0]
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      for (const [component, level] of colourOf(x, y, hue).entries()) {
        // The quantization table is all 8, the same as the gain of a flat block.
        const difference = level - (before[component] ?? 0)
        before[component] = level
        const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference))
        const [code, length] = codes.get(size) ?? [0, 0]
        bits.write(code, length)
        bits.write(difference < 0 ? difference + 2 ** size - 1 : difference, size)
        // The only code of the AC table is a single 0 bit: end of block.
        bits.write(0, 1)
      }
    }
  }
  const [width, height] = [columns * 8, rows * 8]
  const size = [height >> 8, height & 255, width >> 8, width & 255]
  // A byte 255 in the data is followed by 0, so that it is not taken for a marker.
  const data = [...bits.toBuffer(1)].flatMap((byte) => (byte === 255 ? [255, 0] : [byte]))
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    buildSegment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    buildSegment(0xdb, [0, ...Array<number>(64).fill(8)]),
    buildSegment(0xc0, [8, ...size, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]),
    buildSegment(0xc4, [0x00, ...dcCounts, ...dcValues]),
    buildSegment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0]),
    buildSegment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    Buffer.from(data),
    Buffer.from([0xff, 0xd9]),
  ])
}
