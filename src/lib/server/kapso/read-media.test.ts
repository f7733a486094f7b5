import { describe, expect, test } from 'vitest'
import type { MediaContent, MediaKind } from '../../domain/message-content.ts'
import type { JsonObject } from './json.ts'
import { readMediaBody } from './read-media.ts'

function read(kind: MediaKind, file: unknown, kapso?: unknown) {
  const body = readMediaBody({ [kind]: file, kapso }, kind)
  return { ...body, content: body.content as MediaContent }
}

test('the addresses stand in the order to try, each once', () => {
  const { media } = read(
    'image',
    { link: 'https://b.example/2', url: 'https://lookaside.example/4' },
    { media_url: 'https://a.example/1', media_data: { url: 'https://c.example/3' } },
  )
  expect(media?.urls).toEqual([
    'https://a.example/1',
    'https://b.example/2',
    'https://c.example/3',
    'https://lookaside.example/4',
  ])
  const one = 'https://a.example/1'
  expect(
    read('image', { link: one, url: one }, { media_url: one, media_data: { url: one } }).media?.urls,
  ).toEqual([one])
})

test.each([
  'ftp://a.example',
  'file:///etc/passwd',
  'javascript:1',
  'https://a b',
  '',
  null,
  7,
  {},
  'https://',
])('%j is no address', (url) => {
  expect(read('image', { id: 'm1', url, link: url }, { media_url: url }).media?.urls).toEqual([])
})

test.each([undefined, null, '', 'x', 7, [], {}])(
  'an image whose object is %j is an image without a file',
  (file) => {
    expect(read('image', file)).toEqual({
      text: null,
      content: {
        kind: 'image',
        mimeType: null,
        fileName: null,
        byteSize: null,
        isVoice: false,
        isAnimated: false,
        transcript: null,
      },
      media: null,
    })
  },
)

test.each<[MediaKind, JsonObject, Partial<MediaContent>]>([
  ['audio', { voice: true }, { isVoice: true }],
  ['audio', { voice: false }, { isVoice: false }],
  ['sticker', { animated: true, mime_type: 'image/webp' }, { isAnimated: true, mimeType: 'image/webp' }],
  ['video', { mime_type: 'video/mp4' }, { kind: 'video', mimeType: 'video/mp4' }],
  ['document', { filename: 'a.pdf' }, { fileName: 'a.pdf' }],
])('%s %j', (kind, file, content) => {
  expect(read(kind, file).content).toMatchObject(content)
})

describe('words', () => {
  test('a caption, wherever it stands', () => {
    expect(read('video', { caption: 'Lihat ini' }).text).toBe('Lihat ini')
    expect(read('video', { caption: '' }, { message_type_data: { caption: 'Lihat ini' } }).text).toBe(
      'Lihat ini',
    )
  })

  test.each([
    [{ text: 'Halo' }, 'Halo'],
    ['Halo', 'Halo'],
    [{ text: '' }, null],
    [{ text: ['Halo'] }, null],
    [['Halo'], null],
    [7, null],
    [null, null],
  ])('the transcript %j', (transcript, words) => {
    const { text, content } = read('audio', {}, { transcript })
    expect([text, content.transcript]).toEqual([words, words])
  })
})

describe("a file's name", () => {
  test.each([
    ['laporan.pdf', 'laporan.pdf'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['C:\\boot.ini', 'C:_boot.ini'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\r\nb\0.txt', 'ab\ufffd.txt'],
    ['  ', null],
    ['\u200F', null],
  ])('%j is kept as %j', (filename, kept) => {
    expect(read('document', { filename }).content.fileName).toBe(kept)
  })
})

test.each([
  [117868, 117868],
  ['117868', 117868],
  [-1, null],
  [1.5, null],
  [1e300, null],
  ['many', null],
  [null, null],
])('the size %j is %j', (byteSize, read_) => {
  expect(read('image', {}, { media_data: { byte_size: byteSize } }).content.byteSize).toBe(read_)
})
