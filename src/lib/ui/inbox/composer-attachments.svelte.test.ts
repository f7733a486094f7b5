import { expect, it } from 'vitest'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import { attachFile } from './composer-attachments.svelte.ts'

const mega = 1024 * 1024

function makeFile(type: string, size: number): File {
  return new File([new Uint8Array(size)], 'file', { type })
}

it.each([
  ['image/png', 5 * mega, null],
  ['image/png', 5 * mega + 1, 'photos of up to 5 MB'],
  ['audio/ogg', 16 * mega + 1, 'audio and videos of up to 16 MB'],
  ['video/mp4', 16 * mega + 1, 'audio and videos of up to 16 MB'],
  ['application/pdf', 100 * mega + 1, 'documents of up to 100 MB'],
  ['text/plain', 0, 'empty'],
  ['image/gif', 1, 'does not take files of this type'],
])('says of %s with %i bytes what is wrong before it is uploaded', async (type, size, problem) => {
  const attachment = attachFile(makeFile(type, size))
  if (problem === null) {
    expect(attachment.problem).toBeNull()
    return
  }
  expect(attachment.problem).toContain(problem)
  await attachment.upload(() => Promise.reject(new Error('asked for all the same')))
  expect(attachment.state).toBe('refused')
})

it('keeps the server’s reason where it refuses, and offers another try where it did not answer', async () => {
  const refused = attachFile(makeFile('image/png', 10))
  await refused.upload(() => Promise.reject(new RequestFailed('refused', 422, 'No.', 'file_type')))
  expect([refused.state, refused.problem]).toEqual(['refused', 'No.'])
  const lost = attachFile(makeFile('image/png', 10))
  await lost.upload(() => Promise.reject(new RequestFailed('unreachable', 0, '')))
  expect(lost.state).toBe('failed')
})

it('gives sound no caption', () => {
  const { takesCaption } = attachFile(makeFile('audio/ogg', 10), true)
  expect(takesCaption).toBe(false)
})
