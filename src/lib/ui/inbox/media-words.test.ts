import type { MessageMedia } from '#lib/domain/inbox.ts'
import type { MediaContent } from '#lib/domain/message-content.ts'
import { describe, expect, it } from 'vitest'
import {
  describeFile,
  explainMissing,
  fitPicture,
  writeBytes,
  writeDuration,
  writeFileName,
} from './media-words.ts'

const media: MessageMedia = {
  state: 'stored',
  kind: 'document',
  reason: null,
  mimeType: null,
  byteSize: null,
  width: null,
  height: null,
  durationSeconds: null,
  hasThumbnail: false,
}
const content: MediaContent = {
  kind: 'document',
  mimeType: 'application/pdf',
  fileName: null,
  byteSize: null,
  isVoice: false,
  isAnimated: false,
  transcript: null,
}

it.each([
  [0, '0:00'],
  [12.4, '0:12'],
  [75, '1:15'],
  [3723, '1:02:03'],
  [-1, '0:00'],
])('writes %d seconds as %s', (seconds, words) => {
  expect(writeDuration(seconds)).toBe(words)
})

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1_234_567, '1.2 MB'],
  [48_000_000, '48 MB'],
])('writes %d bytes as %s', (bytes, words) => {
  expect(writeBytes(bytes)).toBe(words)
})

describe('describeFile', () => {
  it('trusts the file more than what the sender said of it', () => {
    expect(describeFile(content, { ...media, mimeType: 'application/zip', byteSize: 2000 })).toBe('ZIP, 2 KB')
  })

  it('names no type that it does not know', () => {
    expect(describeFile({ ...content, mimeType: 'constructor' }, null)).toBe('')
  })
})

describe('writeFileName', () => {
  it('takes out what turns the reading direction', () => {
    expect(writeFileName('invoice\u202efdp.exe')).toBe('invoicefdp.exe')
  })

  it('keeps a name in another script, and says so where there is none', () => {
    expect(writeFileName('فاتورة.pdf')).toBe('فاتورة.pdf')
    expect(writeFileName(' \n')).toBe('File without a name')
  })
})

describe('fitPicture', () => {
  it.each([
    [1600, 1200, 320, 240],
    [900, 1600, 203, 360],
    [10_000, 100, 320, 70],
    [null, null, 280, 210],
    [0, 0, 280, 210],
  ])('%j by %j stands as %d by %d', (width, height, shownWidth, shownHeight) => {
    expect(fitPicture(width, height)).toEqual({ width: shownWidth, height: shownHeight })
  })
})

describe('explainMissing', () => {
  it.each([
    [null, 'Photo not kept here'],
    [{ ...media, state: 'expired' }, 'Photo no longer available'],
    [{ ...media, state: 'refused', reason: 'too_large' }, 'Photo not stored'],
    [{ ...media, state: 'failed', reason: 'timed_out' }, 'Photo could not be fetched'],
  ] as const)('%#', (missing, title) => {
    expect(explainMissing(missing, 'image').title).toBe(title)
  })

  it('has words for a reason that it does not know', () => {
    expect(
      explainMissing({ ...media, state: 'refused', reason: 'host_not_allowed' }, 'image').text,
    ).toContain('For safety')
  })
})
