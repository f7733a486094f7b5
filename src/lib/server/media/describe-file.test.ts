import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { pino } from 'pino'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MediaKind } from '../../domain/message-content.ts'
import { describeFile } from './describe-file.ts'
import { createTurns } from './take-turns.ts'

const log = pino({ level: 'silent' })
const takeDecodingTurn = createTurns()
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'describe-file-test-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function look(bytes: Buffer, kind: MediaKind, mimeType: string) {
  const path = join(directory, 'file')
  await writeFile(path, bytes)
  return describeFile(path, { kind, mimeType, byteSize: bytes.length }, { log, takeDecodingTurn })
}

/** A picture that does not compress to nothing. */
function picture(width: number, height: number) {
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: 'teal',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
}

interface SquareForm {
  depth?: number
  /** As PNG numbers them: 0 is grey, 2 is red, green and blue. */
  colour?: number
  isInterlaced?: boolean
}

/** A black square as a PNG of one bit a pixel, which is small however large it is. Of other forms only the head is right. */
function blackSquare(side: number, { depth = 1, colour = 0, isInterlaced = false }: SquareForm = {}): Buffer {
  const chunk = (name: string, content: Buffer) => {
    const named = Buffer.concat([Buffer.from(name), content])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(content.length)
    check.writeUInt32BE(crc32(named))
    return Buffer.concat([length, named, check])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.writeUInt8(depth, 8)
  header.writeUInt8(colour, 9)
  header.writeUInt8(isInterlaced ? 1 : 0, 12)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc((1 + side / 8) * side), { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** One second of silence, as a WAV file. */
function silence(): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + 8000, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(8000, 24)
  header.writeUInt32LE(8000, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36)
  header.writeUInt32LE(8000, 40)
  return Buffer.concat([header, Buffer.alloc(8000, 128)])
}

describe('describeFile', () => {
  it('measures a picture and makes a small one of it', async () => {
    const facts = await look(await picture(1200, 900).jpeg().toBuffer(), 'image', 'image/jpeg')
    expect(facts).toMatchObject({ width: 1200, height: 900, durationSeconds: null })
    const { format, width, height } = await sharp(facts.thumbnail ?? undefined).metadata()
    expect({ format, width, height }).toEqual({ format: 'webp', width: 480, height: 360 })
  })

  it('turns a picture as the camera was held, and keeps nothing of where it was taken', async () => {
    const turned = await picture(1200, 900)
      .jpeg()
      .withMetadata({ orientation: 6 })
      .withExifMerge({ IFD3: { GPSLatitude: '6/1 10/1 0/1' } })
      .toBuffer()
    const facts = await look(turned, 'image', 'image/jpeg')
    expect(facts).toMatchObject({ width: 900, height: 1200 })
    const thumbnail = await sharp(facts.thumbnail ?? undefined).metadata()
    expect([thumbnail.width, thumbnail.height, thumbnail.exif]).toEqual([360, 480, undefined])
  })

  it('makes no thumbnail of what is small', async () => {
    const facts = await look(await picture(64, 48).png().toBuffer(), 'image', 'image/png')
    expect(facts).toEqual({ width: 64, height: 48, durationSeconds: null, thumbnail: null })
  })

  it('refuses a picture that unfolds to more than any phone takes', async () => {
    const bomb = blackSquare(16_000)
    expect(bomb.length).toBeLessThan(5 * 1024 * 1024)
    await expect(look(bomb, 'image', 'image/png')).rejects.toMatchObject({
      kind: 'refused',
      reason: 'too_large',
    })
    await expect(look(blackSquare(4904), 'image', 'image/png')).rejects.toMatchObject({ reason: 'too_large' })
  })

  it('refuses a picture of which all must be held at once, by its head alone', async () => {
    const deep = { depth: 16, colour: 2 }
    await expect(
      look(blackSquare(4096, { ...deep, isInterlaced: true }), 'image', 'image/png'),
    ).rejects.toMatchObject({ kind: 'refused', reason: 'too_large' })
    // Line by line it may be as large; here its lines are missing.
    await expect(look(blackSquare(4096, deep), 'image', 'image/png')).rejects.toMatchObject({
      reason: 'wrong_type',
    })
  })

  it('never opens a document', async () => {
    const file = await picture(1200, 900).jpeg().toBuffer()
    const nothing = { width: null, height: null, durationSeconds: null, thumbnail: null }
    expect(await look(file, 'document', 'image/jpeg')).toEqual(nothing)
  })

  it('refuses the head of a picture without a picture', async () => {
    const cut = (await picture(600, 600).jpeg().toBuffer()).subarray(0, 400)
    await expect(look(cut, 'image', 'image/jpeg')).rejects.toMatchObject({
      kind: 'refused',
      reason: 'wrong_type',
    })
  })

  it('tells how long sound is, and leaves alone what it cannot read', async () => {
    expect(await look(silence(), 'audio', 'audio/wav')).toMatchObject({ durationSeconds: 1, width: null })
    expect(await look(Buffer.from('nothing of the kind'), 'video', 'video/mp4')).toMatchObject({
      durationSeconds: null,
    })
    expect(await look(Buffer.from('%PDF-1.7'), 'document', 'application/pdf')).toEqual({
      width: null,
      height: null,
      durationSeconds: null,
      thumbnail: null,
    })
  })
})
