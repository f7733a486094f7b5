import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { MediaBehaviour } from '../../src/simulator/media/library.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'
import {
  act,
  call,
  collectClosers,
  phoneNumberId,
  register,
  startFastSimulator,
  startReceiver,
} from '../support/simulator-client.ts'

const closers = collectClosers()

afterEach(() => closers.closeAll())

interface MediaMessage {
  type: string
  [key: string]: unknown
  kapso: { media_url: string; media_data: { url: string; content_type: string; byte_size: number } }
}

interface MediaObject {
  id: string
  mime_type: string
  sha256: string
  url: string
  link: string
}

/** What a delivery says of a sample. */
async function receiveSample(simulator: Simulator, sample: string): Promise<MediaMessage> {
  const receiver = closers.add(await startReceiver())
  await register(simulator, receiver.url)
  const customer = simulator.control.addCustomer({ name: 'Budi' })
  await act(simulator, `customers/${customer.id}/messages`, { sample })
  expect(await simulator.control.settle()).toBe(true)
  return (receiver.bodies('whatsapp.message.received') as { message: MediaMessage }[])[0]
    ?.message as MediaMessage
}

async function addMedia(simulator: Simulator, behaviour: MediaBehaviour): Promise<string> {
  const item = (await act(simulator, 'media', { format: 'jpeg', behaviour })) as { url: string }
  return item.url
}

describe('a file', () => {
  it.each([
    ['image', 'image', 'image/jpeg', 'ffd8ffe0'],
    ['image_png', 'image', 'image/png', '89504e47'],
    ['image_webp', 'image', 'image/webp', '52494646'],
    ['video', 'video', 'video/mp4', '0000'],
    ['voice', 'audio', 'audio/ogg; codecs=opus', '4f676753'],
    ['document', 'document', 'application/pdf', '25504446'],
    ['sticker_animated', 'sticker', 'image/webp', '52494646'],
  ])('of a sample %s is what the body says of it', async (sample, type, mimeType, magic) => {
    const simulator = closers.add(await startFastSimulator())
    const message = await receiveSample(simulator, sample)
    expect(message.type).toBe(type)
    const object = message[type] as MediaObject
    const first = await fetch(message.kapso.media_url, { redirect: 'manual' })
    expect(first.status).toBe(302)
    expect(new URL(first.headers.get('location') ?? '').host).toBe(new URL(simulator.url).host)
    const reply = await fetch(message.kapso.media_url)
    const bytes = Buffer.from(await reply.arrayBuffer())
    expect(reply.headers.get('content-type')).toBe(mimeType)
    expect(bytes.toString('hex').startsWith(magic)).toBe(true)
    expect(createHash('sha256').update(bytes).digest('base64')).toBe(object.sha256)
    expect(message.kapso.media_data).toMatchObject({ content_type: mimeType, byte_size: bytes.length })
    expect([object.link, message.kapso.media_data.url]).toEqual(Array(2).fill(message.kapso.media_url))
  })

  it('is found by its id, with an address that needs no key and one that needs a token', async () => {
    const simulator = closers.add(await startFastSimulator())
    const object = (await receiveSample(simulator, 'image'))['image'] as MediaObject
    const path = `/meta/whatsapp/v24.0/${object.id}?phone_number_id=${phoneNumberId}`
    const reply = await call(simulator, 'GET', path)
    const found = reply.body as { url: string; download_url: string; sha256: string }
    expect(reply.status).toBe(200)
    expect(found).toMatchObject({ id: object.id, mime_type: 'image/jpeg', sha256: object.sha256 })
    expect((await fetch(found.download_url)).status).toBe(200)
    expect((await fetch(object.url)).status).toBe(401)
    const headers = { authorization: `Bearer ${simulator.apiKey}` }
    expect((await fetch(object.url, { headers })).status).toBe(200)
    expect((await call(simulator, 'DELETE', path)).status).toBe(200)
    expect((await call(simulator, 'GET', path)).status).toBe(404)
  })

  it('is no longer at its download address after four minutes, nor below its id after a week', async () => {
    let now = Date.parse('2026-09-20T10:00:00Z')
    const simulator = closers.add(await startFastSimulator({ clock: () => now }))
    const object = (await receiveSample(simulator, 'image'))['image'] as MediaObject
    const path = `/meta/whatsapp/v24.0/${object.id}?phone_number_id=${phoneNumberId}`
    const found = (await call(simulator, 'GET', path)).body as { download_url: string }
    now += 5 * 60_000
    expect((await fetch(found.download_url)).status).toBe(404)
    expect((await call(simulator, 'GET', path)).status).toBe(200)
    now += 7 * 24 * 3_600_000
    expect((await call(simulator, 'GET', path)).status).toBe(404)
    expect((await fetch(object.link)).status).toBe(200)
  })

  it('is not given to who guesses its address', async () => {
    const simulator = closers.add(await startFastSimulator())
    const url = await addMedia(simulator, 'ok')
    expect((await fetch(url.replace(/--[0-9a-f]{4}/, '--0000'))).status).toBe(404)
  })
})

describe('what happens to who downloads a file', () => {
  it.each([
    ['direct', 200],
    ['missing', 404],
    ['gone', 410],
    ['forbidden', 403],
    ['server_error', 500],
  ] as const)('%s answers %i at once', async (behaviour, status) => {
    const simulator = closers.add(await startFastSimulator())
    const reply = await fetch(await addMedia(simulator, behaviour), { redirect: 'manual' })
    expect(reply.status).toBe(status)
  })

  it('flaky fails twice', async () => {
    const simulator = closers.add(await startFastSimulator())
    const url = await addMedia(simulator, 'flaky')
    const statuses = []
    for (let place = 0; place < 3; place += 1) statuses.push((await fetch(url)).status)
    expect(statuses).toEqual([500, 500, 200])
  })

  it('lying promises an image and sends a page; empty sends nothing', async () => {
    const simulator = closers.add(await startFastSimulator())
    const reply = await fetch(await addMedia(simulator, 'lying'))
    expect(reply.headers.get('content-type')).toBe('image/jpeg')
    expect(await reply.text()).toContain('<!doctype html>')
    expect((await (await fetch(await addMedia(simulator, 'empty'))).arrayBuffer()).byteLength).toBe(0)
  })

  it.each([
    ['too_big', '314572800'],
    ['endless', null],
  ] as const)('%s goes on until one hangs up', async (behaviour, length) => {
    const simulator = closers.add(await startFastSimulator())
    const reply = await fetch(await addMedia(simulator, behaviour))
    expect(reply.headers.get('content-length')).toBe(length)
    let size = 0
    const reader = reply.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>
    while (size < 8 * 1024 * 1024) size += (await reader.read()).value?.length ?? Infinity
    await reader.cancel()
    expect(size).toBeLessThan(32 * 1024 * 1024)
  })

  it('cut_off ends before all is there; slow comes after a while', async () => {
    const simulator = closers.add(await startFastSimulator({ timeScale: 400 }))
    const cut = await fetch(await addMedia(simulator, 'cut_off'))
    await expect(cut.arrayBuffer()).rejects.toThrow()
    const slow = await fetch(await addMedia(simulator, 'slow'))
    expect((await slow.arrayBuffer()).byteLength).toBe(Number(slow.headers.get('content-length')))
  })

  it('stalled sends half of it and no more', async () => {
    const simulator = closers.add(await startFastSimulator())
    const stop = new AbortController()
    const reply = await fetch(await addMedia(simulator, 'stalled'), { signal: stop.signal })
    const reader = reply.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>
    const half = Number(reply.headers.get('content-length')) >> 1
    let size = 0
    while (size < half) size += (await reader.read()).value?.length ?? 0
    expect(size).toBe(half)
    stop.abort()
  })

  it.each([
    ['redirect_elsewhere', /^http:\/\/localhost:\d+\/rails\/active_storage\/disk\//],
    ['redirect_internal', /^http:\/\/169\.254\.169\.254\//],
    ['redirect_loop', /\/blobs\/redirect\//],
  ] as const)('%s', async (behaviour, target) => {
    const simulator = closers.add(await startFastSimulator())
    const reply = await fetch(await addMedia(simulator, behaviour), { redirect: 'manual' })
    expect([reply.status, target.test(reply.headers.get('location') ?? '')]).toEqual([302, true])
  })

  it('can be changed later, and strike all files as a fault', async () => {
    const simulator = closers.add(await startFastSimulator())
    const { id, url } = (await act(simulator, 'media', { format: 'pdf' })) as { id: string; url: string }
    await act(simulator, `media/${id}`, { behaviour: 'gone' }, 'PATCH')
    expect((await fetch(url)).status).toBe(410)
    await act(simulator, 'faults', { on: 'media', kind: 'rate_limited', times: 1 })
    expect((await fetch(await addMedia(simulator, 'ok'))).status).toBe(429)
  })
})
