import { expect, test } from 'vitest'
import { importPartBytes } from '#lib/domain/csv/contact-import.ts'
import { FileUpload } from './file-upload.svelte.ts'
import { Refused } from '../shared/read-answer.ts'
import type { ImportsApi } from './imports-api.ts'

/** A server that keeps what it is sent, and fails once where it is told to. */
function open({ failsAt, refuses = false }: { failsAt?: number; refuses?: boolean } = {}) {
  const sent: number[] = []
  const sizes: number[] = []
  const done: string[] = []
  const begun: string[] = []
  let hasFailed = false
  const api: ImportsApi = {
    begin: ({ fileName, byteSize }) => {
      if (refuses) return Promise.reject(new Refused('Too large'))
      begun.push(`${fileName} ${String(byteSize)}`)
      return Promise.resolve('one')
    },
    send: (_, place, bytes) => {
      if (place === failsAt && !hasFailed) {
        hasFailed = true
        return Promise.reject(new Error('offline'))
      }
      sent.push(place)
      sizes.push(bytes.size)
      return Promise.resolve()
    },
  }
  return { sent, sizes, done, begun, upload: new FileUpload(api, (id) => done.push(id)) }
}

const makeFile = (size: number) => new File([new Uint8Array(size)], 'people.csv')

test('sends a file in parts, one after the other, and says when it is there', async () => {
  const { upload, sent, sizes, done, begun } = open()
  await upload.start(makeFile(importPartBytes * 2 + 10))
  expect(begun).toEqual([`people.csv ${String(importPartBytes * 2 + 10)}`])
  expect(sent).toEqual([0, 1, 2])
  expect(sizes).toEqual([importPartBytes, importPartBytes, 10])
  expect(upload.sent).toBe(importPartBytes * 2 + 10)
  expect(done).toEqual(['one'])
})

test('goes on where the connection broke', async () => {
  const { upload, sent, done, begun } = open({ failsAt: 1 })
  await upload.start(makeFile(importPartBytes * 2))
  expect({ canGoOn: upload.canGoOn, isSending: upload.isSending, done }).toEqual({
    canGoOn: true,
    isSending: false,
    done: [],
  })
  await upload.goOn()
  expect(sent).toEqual([0, 1])
  expect(begun).toHaveLength(1)
  expect(done).toEqual(['one'])
})

test('tells what the server said, and is ready for another file', async () => {
  const { upload, done } = open({ refuses: true })
  await upload.start(makeFile(1))
  expect({ refusal: upload.refusal, file: upload.file, canGoOn: upload.canGoOn, done }).toEqual({
    refusal: 'Too large',
    file: null,
    canGoOn: false,
    done: [],
  })
})

test('that was cancelled says nothing any more', async () => {
  const { upload, sent, done } = open()
  const work = upload.start(makeFile(importPartBytes * 3))
  upload.cancel()
  await work
  expect(done).toEqual([])
  expect(sent.length).toBeLessThan(3)
  expect(upload.file).toBeNull()
})
