import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMediaStore, type MediaStore } from './media-store.ts'
import { serve, startFileServer, type FileServer } from './test-file-server.ts'

let storage: FileServer
let store: MediaStore
const upload = () => store.upload('w/1', Buffer.from('bytes'), 'image/png', AbortSignal.timeout(10_000))
const puts = () => storage.requests.filter(({ path }) => path === '/storage/v1/object/media/w/1').length

beforeEach(async () => {
  storage = await startFileServer()
  store = createMediaStore({
    supabaseUrl: `${storage.url}/`,
    publicSupabaseUrl: 'https://project.example',
    secretKey: 'secret',
  })
})
afterEach(() => storage.close())

function refuse(status: number, body: object) {
  storage.answer('/storage/v1/object/media/w/1', (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

/** The forms in which Storage says things: hosted says 400 and means what the body says. */
describe('createMediaStore', () => {
  it('puts an object in place of what is there, with the key', async () => {
    storage.answer('/storage/v1/object/media/w/1', serve('{}'))
    await upload()
    expect(storage.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      apikey: 'secret',
      'content-type': 'image/png',
      'content-length': '5',
      'x-upsert': 'true',
    })
  })

  it('makes the bucket where there is none', async () => {
    refuse(400, { statusCode: '404', error: 'Bucket not found', message: 'Bucket not found' })
    storage.answer('/storage/v1/bucket', (_request, response) => {
      storage.answer('/storage/v1/object/media/w/1', serve('{}'))
      response.end('{"name":"media"}')
    })
    await upload()
    expect(puts()).toBe(2)
  })

  it.each([
    [409, { message: 'The resource already exists' }],
    [400, { statusCode: '409', error: 'Duplicate' }],
  ])('is content with a bucket that is there (%d)', async (status, body) => {
    storage.answer('/storage/v1/bucket', (_request, response) => {
      response.writeHead(status).end(JSON.stringify(body))
    })
    await expect(store.ensureBucket()).resolves.toBeUndefined()
  })

  it('tells Storage’s own limit from trouble', async () => {
    refuse(400, { statusCode: '413', error: 'Payload too large' })
    await expect(upload()).rejects.toMatchObject({ kind: 'refused', reason: 'too_large' })
    refuse(500, {})
    await expect(upload()).rejects.toMatchObject({ kind: 'try_later', reason: 'storage_failed' })
    refuse(403, { error: 'Unauthorized' })
    await expect(upload()).rejects.toMatchObject({ kind: 'try_later', reason: 'storage_failed' })
  })

  it('tries once more when the connection breaks', async () => {
    storage.answer('/storage/v1/object/media/w/1', (request) => {
      storage.answer('/storage/v1/object/media/w/1', serve('{}'))
      request.socket.destroy()
    })
    await upload()
    expect(puts()).toBe(2)
  })

  it('puts once what is asked for twice at the same time', async () => {
    storage.answer('/storage/v1/object/media/w/1', serve('{}'))
    await Promise.all([upload(), upload()])
    expect(puts()).toBe(1)
    await upload()
    expect(puts()).toBe(2)
  })

  it('signs an address as browsers reach it', async () => {
    storage.answer(
      '/storage/v1/object/sign/media/w/1',
      serve('{"signedURL":"/object/sign/media/w/1?token=t"}'),
    )
    expect(await store.sign('w/1', 60, null)).toBe(
      'https://project.example/storage/v1/object/sign/media/w/1?token=t',
    )
    expect(await store.sign('w/1', 60, 'Ä & b.pdf')).toBe(
      'https://project.example/storage/v1/object/sign/media/w/1?token=t&download=%C3%84+%26+b.pdf',
    )
    storage.answer('/storage/v1/object/sign/media/w/1', (_request, response) => {
      response.writeHead(400).end('{"statusCode":"404","error":"not_found"}')
    })
    expect(await store.sign('w/1', 60, null)).toBeNull()
  })
})
