import { Agent, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestStack } from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'

let stack: TestStack

beforeAll(async () => {
  // @supabase/lite prints every refusal.
  vi.spyOn(console, 'error').mockReturnValue()
  stack = await startTestStack()
  const { error } = await service().storage.createBucket('media', { public: false })
  expect(error).toBeNull()
})

afterAll(() => stack.remove())

const options = { auth: { persistSession: false, autoRefreshToken: false } }

function service() {
  return createClient(stack.apiUrl, stack.secretKey, options)
}

function anonymous() {
  return createClient(stack.apiUrl, stack.publishableKey, options)
}

async function signUp(email: string) {
  const client = anonymous()
  const { data, error } = await client.auth.signUp({ email, password: 'a long enough password' })
  if (error) throw error
  return { client, userId: data.user?.id ?? '' }
}

/** Uploads by a signed address, as a browser does, and gives the address' token. */
async function upload(path: string, content: Blob | Uint8Array<ArrayBuffer>, contentType: string) {
  const signed = await service().storage.from('media').createSignedUploadUrl(path)
  if (signed.error) throw signed.error
  const { token } = signed.data
  return {
    token,
    ...(await anonymous().storage.from('media').uploadToSignedUrl(path, token, content, { contentType })),
  }
}

test.each([
  ['a file of a form', 'a/form.txt', new Blob(['hello'], { type: 'text/plain' }), 'text/plain'],
  ['plain bytes', 'b/bytes.bin', new Uint8Array([0, 255, 13, 10, 0]), 'application/x-test'],
  ['a name beyond ASCII', 'c/Ä b+ü.txt', new Blob(['Grüße'], { type: 'text/plain' }), 'text/plain'],
])('uploads %s by a signed address and downloads the same', async (_, path, content, type) => {
  const { data, error } = await upload(path, content, type)
  expect(error).toBeNull()
  expect(data).toMatchObject({ path, fullPath: `media/${path}` })

  const downloaded = await service().storage.from('media').download(path)
  expect(downloaded.error).toBeNull()
  expect(downloaded.data?.type).toContain(type)
  const bytes = content instanceof Blob ? await content.bytes() : content
  expect(await downloaded.data?.bytes()).toEqual(bytes)
})

test('an address for downloading works without any key, for its own object only', async () => {
  await upload('signed/one.txt', new Blob(['one']), 'text/plain')
  await upload('signed/two.txt', new Blob(['two']), 'text/plain')
  const { data } = await service().storage.from('media').createSignedUrl('signed/one.txt', 60)
  const url = data?.signedUrl ?? ''
  expect(await (await fetch(url)).text()).toBe('one')
  expect((await fetch(url.replace('one.txt', 'two.txt'))).status).toBe(403)
  expect((await fetch(url.replace(/token=.*/, 'token=nonsense'))).status).toBe(400)

  const several = await service()
    .storage.from('media')
    .createSignedUrls(['signed/two.txt', 'signed/none.txt'], 60)
  const [two, none] = several.data ?? []
  expect(await (await fetch(two?.signedUrl ?? '')).text()).toBe('two')
  expect(none).toMatchObject({ path: 'signed/none.txt', signedUrl: null })
})

test('an address for downloading saves under a name, and gives a piece of the file', async () => {
  const bytes = new Uint8Array(300_000).map((_, index) => index % 251)
  await upload('signed/sound.ogg', bytes, 'audio/ogg')
  const { data } = await service().storage.from('media').createSignedUrl('signed/sound.ogg', 60)
  const url = new URL(data?.signedUrl ?? '')
  url.searchParams.set('download', "Größe's.ogg")
  const whole = await fetch(url)
  expect(whole.headers.get('content-disposition')).toBe(
    "attachment; filename=Gr%C3%B6%C3%9Fe%27s.ogg; filename*=UTF-8''Gr%C3%B6%C3%9Fe%27s.ogg;",
  )
  expect(await whole.bytes()).toEqual(bytes)

  const piece = async (range: string) => {
    const response = await fetch(url, { headers: { range } })
    return [response.status, response.headers.get('content-range'), await response.bytes()]
  }
  expect(await piece('bytes=70000-70009')).toEqual([
    206,
    'bytes 70000-70009/300000',
    bytes.slice(70_000, 70_010),
  ])
  expect(await piece('bytes=299000-')).toEqual([206, 'bytes 299000-299999/300000', bytes.slice(299_000)])
  expect(await piece('bytes=-100')).toEqual([206, 'bytes 299900-299999/300000', bytes.slice(-100)])
  expect(await piece('bytes=0-999999')).toEqual([206, 'bytes 0-299999/300000', bytes])
  expect(await piece('bytes=300000-')).toEqual([416, 'bytes */300000', new Uint8Array()])
  expect((await fetch(url, { headers: { range: 'bytes=1-2,4-5' } })).status).toBe(200)
})

test('an address for uploading works once', async () => {
  const { token } = await upload('once.txt', new Blob(['first']), 'text/plain')
  const again = await anonymous()
    .storage.from('media')
    .uploadToSignedUrl('once.txt', token, new Blob(['second']))
  expect(again.error).not.toBeNull()
  expect(await (await service().storage.from('media').download('once.txt')).data?.text()).toBe('first')
})

test('nobody but the service finds an object, until a policy says so', async () => {
  await upload('private/secret.txt', new Blob(['secret']), 'text/plain')
  const { client, userId } = await signUp('reader@example.com')
  const other = await signUp('stranger@example.com')
  const read = async (who: typeof client) => {
    const { data } = await who.storage.from('media').download('private/secret.txt')
    return data?.text()
  }
  expect([await read(anonymous()), await read(client)]).toEqual([undefined, undefined])

  const owner = new pg.Client(stack.ownerUrl)
  await owner.connect()
  await owner.query(
    `create policy "One reader" on storage.objects for select to authenticated using (auth.uid() = '${userId}')`,
  )
  await owner.end()
  expect([await read(anonymous()), await read(other.client), await read(client)]).toEqual([
    undefined,
    undefined,
    'secret',
  ])
})

test.each(['../outside.txt', '/absolute.txt', 'a/../../b.txt'])('refuses the key %s', async (path) => {
  const { error } = await service()
    .storage.from('media')
    .upload(path, new Blob(['x']))
  expect(error).not.toBeNull()
})

test('objects survive a restart, and are gone when removed', async () => {
  await upload('kept.txt', new Blob(['kept']), 'text/plain')
  await stack.restart()
  expect(await (await service().storage.from('media').download('kept.txt')).data?.text()).toBe('kept')
  await service().storage.from('media').remove(['kept.txt'])
  expect((await service().storage.from('media').download('kept.txt')).error).not.toBeNull()
})

test('a refused upload is read to its end, and its connection serves on', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const put = (bucket: string) =>
    new Promise<{ status?: number; port?: number; answer: string }>((resolve, reject) => {
      const sent = request(`${stack.apiUrl}/storage/v1/object/${bucket}/refused.bin`, {
        agent,
        method: 'POST',
        headers: { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` },
      })
      sent.once('error', reject).once('response', (response) => {
        const { statusCode: status, socket } = response
        const port = socket.localPort
        buffer(response).then((body) => {
          resolve({ answer: body.toString(), ...(status && { status }), ...(port && { port }) })
        }, reject)
      })
      sent.end(Buffer.alloc(5_000_000))
    })
  const refused = await put('nowhere')
  expect(refused).toMatchObject({ status: 400, answer: expect.stringMatching(/not found/i) as string })
  await sleep(1_000)
  expect(await put('media')).toMatchObject({ status: 200, port: refused.port })
  agent.destroy()
})

test('a browser of another origin may upload', async () => {
  const response = await fetch(`${stack.apiUrl}/storage/v1/object/upload/sign/media/x`, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://localhost:3000',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type,x-upsert',
    },
  })
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(response.headers.get('access-control-allow-methods')).toContain('PUT')
  expect(response.headers.get('access-control-allow-headers')).toMatch(/content-type.*x-upsert/)
})
