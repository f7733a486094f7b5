import { buildParameters, buildPicture } from './h264.ts'

type Part = Buffer | string | number[]

function toBuffer(part: Part): Buffer {
  return typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)
}

function buildBox(type: string, ...parts: Part[]): Buffer {
  const data = Buffer.concat(parts.map(toBuffer))
  const size = Buffer.alloc(4)
  size.writeUInt32BE(data.length + 8)
  return Buffer.concat([size, Buffer.from(type, 'latin1'), data])
}

function toUint32(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [place, value] of values.entries()) buffer.writeUInt32BE(value, place * 4)
  return buffer
}

function toUint16(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2)
  for (const [place, value] of values.entries()) buffer.writeUInt16BE(value, place * 2)
  return buffer
}

const matrix = toUint32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
const columns = 8
const rows = 6
const frameMs = 500

function buildSampleTable(sizes: number[], offset: number): Buffer {
  const { sequence, picture } = buildParameters(columns, rows)
  const decoder = buildBox(
    'avcC',
    [1, 66, 0xc0, 30, 0xff, 0xe1],
    toUint16(sequence.length),
    sequence,
    [1],
    toUint16(picture.length),
    picture,
  )
  const entry = buildBox(
    'avc1',
    [0, 0, 0, 0, 0, 0, 0, 1],
    Buffer.alloc(16),
    toUint16(columns * 16, rows * 16),
    toUint32(0x480000, 0x480000, 0),
    toUint16(1),
    Buffer.alloc(32),
    toUint16(24, 0xffff),
    decoder,
  )
  return buildBox(
    'stbl',
    buildBox('stsd', toUint32(0, 1), entry),
    buildBox('stts', toUint32(0, 1, sizes.length, frameMs)),
    buildBox('stsc', toUint32(0, 1, 1, sizes.length, 1)),
    buildBox('stsz', toUint32(0, 0, sizes.length, ...sizes)),
    buildBox('stco', toUint32(0, 1, offset)),
  )
}

function buildMovie(sizes: number[], offset: number): Buffer {
  const lasts = sizes.length * frameMs
  const header: Part[] = [toUint32(0, 0, 0, 1000, lasts, 0x10000), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], matrix]
  const size = toUint32(columns * 16 * 65_536, rows * 16 * 65_536)
  const track = buildBox('tkhd', toUint32(7, 0, 0, 1, 0, lasts, 0, 0, 0, 0), matrix, size)
  const information = buildBox(
    'minf',
    buildBox('vmhd', toUint32(1, 0, 0)),
    buildBox('dinf', buildBox('dref', toUint32(0, 1), buildBox('url ', toUint32(1)))),
    buildSampleTable(sizes, offset),
  )
  const media = buildBox(
    'mdia',
    buildBox('mdhd', toUint32(0, 0, 0, 1000, lasts), toUint16(0x55c4, 0)),
    buildBox('hdlr', toUint32(0, 0), 'vide', Buffer.alloc(12), 'Video\0'),
    information,
  )
  return buildBox(
    'moov',
    buildBox('mvhd', ...header, Buffer.alloc(24), toUint32(2)),
    buildBox('trak', track, media),
  )
}

/** A video of 128 x 96 points with two pictures a second: MP4 (ISO 14496-12) with H.264. */
export function buildMp4(seconds: number, hue: number): Buffer {
  const pictures = Array.from({ length: seconds * 2 }, (_, place) => {
    const picture = buildPicture(columns, rows, place, hue)
    return Buffer.concat([toUint32(picture.length), picture])
  })
  const sizes = pictures.map(({ length }) => length)
  const type = buildBox('ftyp', 'isom', toUint32(512), 'isomiso2avc1mp41')
  const offset = type.length + buildMovie(sizes, 0).length + 8
  return Buffer.concat([type, buildMovie(sizes, offset), buildBox('mdat', ...pictures)])
}
