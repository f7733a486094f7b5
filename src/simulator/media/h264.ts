import { type BitWriter, createBitWriter } from './bits.ts'

/** Writes an unsigned number in the Exp-Golomb code of H.264. */
function writeUnsigned(bits: BitWriter, value: number): void {
  const length = 32 - Math.clz32(value + 1)
  bits.write(0, length - 1)
  bits.write(value + 1, length)
}

function finish(bits: BitWriter): Buffer {
  bits.write(1, 1)
  // Two zero bytes before a byte up to 3 would look like a start code; a 3 is put between.
  const escaped: number[] = []
  let zeros = 0
  for (const byte of bits.toBuffer()) {
    if (zeros >= 2 && byte <= 3) {
      escaped.push(3)
      zeros = 0
    }
    zeros = byte === 0 ? zeros + 1 : 0
    escaped.push(byte)
  }
  return Buffer.from(escaped)
}

/** Sequence and picture parameters (ITU-T H.264, baseline profile) of pictures of so many macroblocks. */
export function buildParameters(columns: number, rows: number): { sequence: Buffer; picture: Buffer } {
  const sequence = createBitWriter('most')
  for (const byte of [0x67, 66, 0xc0, 30]) sequence.write(byte, 8)
  for (const value of [0, 0, 2, 0]) writeUnsigned(sequence, value) // id, frame numbers, picture order, references
  sequence.write(0, 1)
  writeUnsigned(sequence, columns - 1)
  writeUnsigned(sequence, rows - 1)
  sequence.write(0b1100, 4) // frames only, 8 x 8 inference, no cropping, no usability information
  const picture = createBitWriter('most')
  picture.write(0x68, 8)
  writeUnsigned(picture, 0)
  writeUnsigned(picture, 0)
  picture.write(0, 2)
  for (const value of [0, 0, 0]) writeUnsigned(picture, value)
  picture.write(0, 3)
  for (const value of [0, 0, 0]) writeUnsigned(picture, value) // QP, QS, chroma offset, each 0
  picture.write(0b100, 3) // deblocking is told per slice
  return { sequence: finish(sequence), picture: finish(picture) }
}

/** A picture that needs no other: each macroblock tells its points as they are. */
export function buildPicture(columns: number, rows: number, place: number, hue: number): Buffer {
  const bits = createBitWriter('most')
  bits.write(0x65, 8)
  for (const value of [0, 7, 0]) writeUnsigned(bits, value) // first macroblock, all intra, picture parameters
  bits.write(0, 4) // frame number
  writeUnsigned(bits, place % 2)
  bits.write(0, 2) // reference marking
  writeUnsigned(bits, 0) // QP delta
  writeUnsigned(bits, 1) // no deblocking
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      writeUnsigned(bits, 25) // I_PCM
      while (!bits.isAligned()) bits.write(0, 1)
      const luma = 40 + ((x * 20 + y * 14 + place * 24) % 180)
      for (let point = 0; point < 256; point += 1) bits.write(luma, 8)
      for (let point = 0; point < 64; point += 1) bits.write(90 + ((hue + x * 8) % 100), 8)
      for (let point = 0; point < 64; point += 1) bits.write(110 + ((hue + y * 8) % 80), 8)
    }
  }
  return finish(bits)
}
