import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { pino } from 'pino'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { findForgottenMedia } from '../../src/lib/server/database/media.ts'
import { copyMedia } from '../../src/lib/server/media/copy-media.ts'
import { fail, lead, serve } from '../../src/lib/server/media/test-file-server.ts'
import { startMediaBench, type MediaBench } from '../support/media-bench.ts'
import { queryOnce } from '../support/query.ts'
import { encryptionKeys } from '../support/workspace.ts'
import type { MediaProcessInput } from './media-worker-process.ts'

let bench: MediaBench
let photo: Buffer
let otherPhotos = 0

beforeAll(async () => {
  // @supabase/lite prints every refusal.
  vi.spyOn(console, 'error').mockReturnValue()
  bench = await startMediaBench()
})
afterAll(() => bench.close())

beforeEach(async () => {
  photo = await makePhoto()
  bench.files.requests.length = 0
  bench.jobs.length = 0
})

/** Another one each time. */
function makePhoto(): Promise<Buffer> {
  otherPhotos += 1
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 20 }
  return sharp({ create: { width: 800 + otherPhotos, height: 600, channels: 3, background: 'teal', noise } })
    .jpeg()
    .toBuffer()
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function download(path: string): Promise<Buffer> {
  const address = await bench.store.sign(path, 60, null)
  return Buffer.from(await (await fetch(address ?? '')).arrayBuffer())
}

describe('a file that is there', () => {
  test('is brought into Storage with all that is known of it', async () => {
    bench.files.answer('/blobs/redirect/photo.jpg', lead('/disk/photo.jpg'))
    bench.files.answer('/disk/photo.jpg', serve(photo, 'image/jpeg'))
    const job = await bench.receive({ url: '/blobs/redirect/photo.jpg' })
    expect(bench.jobs).toEqual([{ queue: 'copy-media', data: job, group: job.workspaceId }])
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'pending', attempts: 0 })

    await copyMedia(bench.dependencies(), job)
    const media = await bench.mediaOf(job)
    expect(media).toMatchObject({
      state: 'stored',
      reason: null,
      attempts: 1,
      sha256: sha256(photo),
      byte_size: photo.length,
      mime_type: 'image/jpeg',
      storage_path: `${job.workspaceId}/${sha256(photo)}`,
      width: 800 + otherPhotos,
      height: 600,
    })
    expect(await download(media.storage_path ?? '')).toEqual(photo)
    const { width, format } = await sharp(await download(media.thumbnail_path ?? '')).metadata()
    expect({ width, format }).toEqual({ width: 480, format: 'webp' })
  })

  test('is found in a batch, and by WhatsApp’s id where Kapso’s copy is gone; the key stays with Kapso’s API', async () => {
    bench.files.answer('/meta/whatsapp/v24.0/media-1', (request, response) => {
      const isAllowed = request.headers['x-api-key'] === 'key of the project'
      const address = `${bench.files.url}/download-1`
      response.writeHead(isAllowed ? 200 : 401, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ id: 'media-1', download_url: address, url: 'https://lookaside.fbsbx.com/x' }),
      )
    })
    bench.files.answer('/download-1', lead('/download-2'))
    bench.files.answer('/download-2', serve(photo))
    bench.files.answer('/expired', fail(410))
    const job = await bench.receive({ url: '/expired', mediaId: 'media-1', isBatched: true })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored', sha256: sha256(photo) })
    expect(bench.files.requests.map(({ path, headers }) => [path, headers['x-api-key']])).toEqual([
      ['/expired', undefined],
      [`/meta/whatsapp/v24.0/media-1?phone_number_id=${bench.workspace.phoneNumberId}`, 'key of the project'],
      ['/download-1', undefined],
      ['/download-2', undefined],
    ])
  })

  test('is stored once in a workspace, and once more in another', async () => {
    bench.files.answer('/same', serve(photo))
    const other = await bench.addWorkspace()
    const jobs = [
      await bench.receive({ url: '/same' }),
      await bench.receive({ url: '/same' }),
      await bench.receive({ url: '/same' }, other),
    ]
    const before = (await bench.listObjects()).length
    await Promise.all(jobs.map((job) => copyMedia(bench.dependencies(), job)))
    const [one, two, three] = await Promise.all(jobs.map((job) => bench.mediaOf(job)))
    expect(one?.file_id).toBe(two?.file_id)
    expect(three?.file_id).not.toBe(one?.file_id)
    expect([one?.state, two?.state, three?.state]).toEqual(['stored', 'stored', 'stored'])
    // Each with its thumbnail.
    expect(await bench.listObjects()).toHaveLength(before + 4)
  })

  test('is opened as a picture also where its bytes came as a document before', async () => {
    bench.files.answer('/photo', serve(photo))
    const document = await bench.receive({ url: '/photo', kind: 'document' })
    await copyMedia(bench.dependencies(), document)
    expect(await bench.mediaOf(document)).toMatchObject({
      state: 'stored',
      width: null,
      thumbnail_path: null,
    })
    const image = await bench.receive({ url: '/photo' })
    await copyMedia(bench.dependencies(), image)
    const known = await bench.mediaOf(image)
    expect(known).toMatchObject({ state: 'stored', width: 800 + otherPhotos, height: 600 })
    expect(known.thumbnail_path).not.toBeNull()
    expect(known.file_id).toBe((await bench.mediaOf(document)).file_id)

    const cut = photo.subarray(0, 400)
    bench.files.answer('/cut', serve(cut))
    const jobs = [
      await bench.receive({ url: '/cut', kind: 'document' }),
      await bench.receive({ url: '/cut' }),
    ]
    for (const job of jobs) await copyMedia(bench.dependencies(), job)
    expect((await Promise.all(jobs.map((job) => bench.mediaOf(job)))).map(({ state }) => state)).toEqual([
      'stored',
      'refused',
    ])
  })

  test('changes the thread it is in, so that an open page hears of it', async () => {
    bench.files.answer('/photo', serve(photo))
    const job = await bench.receive({ url: '/photo' })
    const look = () =>
      queryOnce<{ changed: string; media: string; message: string; told: number }>(
        bench.stack.adminUrl,
        `select c.changed_xid::text as changed, d.changed_xid::text as media, m.changed_xid::text as message,
           (select count(*)::int from realtime.messages r where r.payload -> 'conversationIds' ? c.id::text) as told
         from messages m join conversations c on c.id = m.conversation_id
         join message_media d on d.message_id = m.id where m.id = $1`,
        [job.messageId],
      )
    const [before] = await look()
    await copyMedia(bench.dependencies(), job)
    const [after] = await look()
    expect(BigInt(after?.changed ?? 0)).toBeGreaterThan(BigInt(before?.changed ?? 0))
    expect(after?.media).toBe(after?.changed)
    expect(after?.message).toBe(before?.message)
    expect(after?.told).toBe((before?.told ?? 0) + 1)
  })
})

describe('a file that is not taken', () => {
  test.each([
    ['an address on a foreign host', 'https://evil.example/x.jpg', 'host_not_allowed'],
    ['an address inside', 'http://169.254.169.254/latest/meta-data', 'host_not_allowed'],
    ['this machine by another name', 'http://localhost:1/x', 'host_not_allowed'],
  ])('%s', async (_, url, reason) => {
    const job = await bench.receive({ url })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'refused', reason, file_id: null })
    expect(bench.files.requests).toEqual([])
  })

  test.each([
    ['elsewhere', 'https://evil.example/x.jpg'],
    ['inside', 'http://169.254.169.254/latest/meta-data'],
  ])('leads %s', async (_, to) => {
    bench.files.answer('/leads', lead(to))
    const job = await bench.receive({ url: '/leads' })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'refused', reason: 'host_not_allowed' })
  })

  test.each([
    ['a page that pretends to be a picture', 'image', '<!doctype html><script>alert(1)</script>'],
    ['a drawing with scripts', 'image', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['a document that pretends to be a picture', 'image', '%PDF-1.7\n'],
    ['a page that pretends to be a voice', 'audio', '<html><body>Sign in'],
    ['an error page in place of a document', 'document', '<!DOCTYPE html><title>Not found'],
  ] as const)('%s', async (_, kind, text) => {
    bench.files.answer('/lying', serve(text, 'image/jpeg'))
    const job = await bench.receive({ kind, url: '/lying', mimeType: 'application/pdf' })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'refused', reason: 'wrong_type', file_id: null })
  })

  test.each([
    ['image', 5 * 1024 * 1024],
    ['sticker', 500 * 1024],
    ['audio', 16 * 1024 * 1024],
  ] as const)('one byte more than WhatsApp allows for %s', async (kind, limit) => {
    bench.files.answer('/large', serve(Buffer.alloc(limit + 1)))
    const job = await bench.receive({ kind, url: '/large' })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'refused', reason: 'too_large' })
  })

  test('is asked for elsewhere before it is refused', async () => {
    bench.files.answer('/lying', serve('<html>sign in'))
    bench.files.answer('/meta/whatsapp/v24.0/media-2', (_request, response) => {
      response.end(JSON.stringify({ download_url: `${bench.files.url}/real` }))
    })
    bench.files.answer('/real', serve(photo))
    const job = await bench.receive({ url: '/lying', mediaId: 'media-2' })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored' })
  })

  test('a host that the operator names is asked', async () => {
    const there = bench.files.url.replace('127.0.0.1', 'localhost')
    bench.files.answer('/photo', serve(photo))
    const job = await bench.receive({ url: `${there}/photo` })
    await copyMedia(bench.dependencies({ mediaHosts: [new URL(there).host] }), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored' })
  })
})

describe('a document', () => {
  test('of any type is stored, as bytes and nothing else', async () => {
    const text = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    bench.files.answer('/logo.svg', serve(text, 'image/svg+xml'))
    const job = await bench.receive({ kind: 'document', url: '/logo.svg', mimeType: 'image/svg+xml' })
    await copyMedia(bench.dependencies(), job)
    const media = await bench.mediaOf(job)
    expect(media).toMatchObject({ state: 'stored', mime_type: 'image/svg+xml', thumbnail_path: null })
    const address = await bench.store.sign(media.storage_path ?? '', 60, 'logo.svg')
    const response = await fetch(address ?? '')
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename=logo\.svg/)
  })

  test('may be large', async () => {
    const large = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(51 * 1024 * 1024, 7)])
    bench.files.answer('/large.pdf', serve(large))
    const job = await bench.receive({ kind: 'document', url: '/large.pdf', mimeType: 'application/pdf' })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored', byte_size: large.length })
  })
})

describe('a file that is gone', () => {
  test.each([
    ['everywhere', { url: '/gone', mediaId: 'unknown' }, 'gone'],
    ['and has no other place', { url: '/gone' }, 'gone'],
  ])('%s has expired', async (_, facts, reason) => {
    bench.files.answer('/gone', fail(404))
    const job = await bench.receive(facts)
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'expired', reason, attempts: 1 })
    expect(bench.jobs).toHaveLength(1)
  })

  test('has expired when what told of it has been dropped', async () => {
    const job = await bench.receive({ url: '/photo' })
    await bench.kysely
      .updateTable('webhook_deliveries')
      .set({ body: null })
      .where('workspace_id', '=', job.workspaceId)
      .execute()
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'expired', reason: 'body_dropped' })
  })
})

describe('trouble', () => {
  test('at Kapso is tried again, and then it works', async () => {
    bench.files.answer('/photo', fail(500))
    const job = await bench.receive({ url: '/photo' })
    bench.jobs.length = 0
    const dependencies = bench.dependencies()
    await copyMedia(dependencies, job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'pending', attempts: 1 })
    expect(bench.jobs).toEqual([
      {
        queue: 'copy-media',
        data: job,
        group: job.workspaceId,
        startAfterSeconds: expect.any(Number) as number,
      },
    ])
    bench.files.answer('/photo', serve(photo))
    await copyMedia(dependencies, job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored', attempts: 2 })
  })

  test.each([
    ['a server in trouble', 503, 'server_error'],
    ['a limit on requests', 429, 'rate_limited'],
  ])('that does not end fails visibly: %s', async (_, status, reason) => {
    bench.files.answer('/photo', fail(status))
    const job = await bench.receive({ url: '/photo' })
    const dependencies = bench.dependencies()
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await bench.mediaOf(job)).toMatchObject({ state: 'pending', attempts: attempt - 1 })
      await copyMedia(dependencies, job)
    }
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'failed', reason, attempts: 3 })
    await copyMedia(dependencies, job)
    expect(bench.files.requests).toHaveLength(3)
  })

  test('waits longer each time, and never before its time', async () => {
    bench.files.answer('/photo', fail(500))
    const job = await bench.receive({ url: '/photo' })
    const retries = { maxAttempts: 12, firstDelayMs: 60_000, longestDelayMs: 1_800_000 }
    const dependencies = bench.dependencies({ retries, random: () => 1 })
    const waited: number[] = []
    for (let attempt = 0; attempt < 7; attempt += 1) {
      bench.jobs.length = 0
      await copyMedia(dependencies, job)
      await copyMedia(dependencies, job)
      waited.push(bench.jobs[0]?.startAfterSeconds ?? 0)
      await queryOnce(bench.stack.adminUrl, `update message_media set due_at = now() where message_id = $1`, [
        job.messageId,
      ])
    }
    expect(waited).toEqual([60, 120, 240, 480, 960, 1800, 1800])
    expect(bench.files.requests).toHaveLength(7)
  })

  test('with the key or with Storage is no end either', async () => {
    const job = await bench.receive({ mediaId: 'media-3' })
    await copyMedia(bench.dependencies({ kapsoApiKey: undefined }), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'pending', attempts: 1 })

    bench.files.answer('/photo', serve(photo))
    const second = await bench.receive({ url: '/photo' })
    const nowhere = { ...bench.store, upload: () => Promise.reject(new Error('a bug')) }
    await copyMedia(bench.dependencies({ store: nowhere }), second)
    expect(await bench.mediaOf(second)).toMatchObject({ state: 'pending', attempts: 1 })
  })
})

test('no log tells where a file was', async () => {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  bench.files.answer('/secret-path', fail(500))
  bench.files.answer('/meta/whatsapp/v24.0/secret-id', lead('https://evil.example/secret-place'))
  const jobs = [
    await bench.receive({ url: '/secret-path?token=secret', mediaId: 'secret-id' }),
    await bench.receive({ url: 'https://evil.example/secret-path' }),
    await bench.receive({ mediaId: 'secret-id' }),
  ]
  for (const job of jobs) await copyMedia(bench.dependencies({ log, kapsoApiKey: 'secret-key' }), job)
  expect(lines).toHaveLength(3)
  expect(lines.join()).not.toContain('secret')
  // But which host was refused: the operator may know better.
  expect(lines.join()).toContain('evil.example')
})

describe('a person', () => {
  test('asks again for what failed, once, and only in the own workspace', async () => {
    const { retryMedia } = await import('../../src/lib/server/database/media.ts')
    bench.files.answer('/photo', fail(404))
    const job = await bench.receive({ url: '/photo' })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'expired' })
    bench.files.answer('/photo', serve(photo))

    const stranger = await bench.addWorkspace()
    const ask = (sub: string) => bench.asMember({ sub, exp: 0 }, (database) => retryMedia(database, job))
    expect(await ask(stranger.ownerId)).toBeNull()
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'expired' })
    // Not right after a try.
    expect(await ask(bench.workspace.ownerId)).toBeNull()
    await bench.letTriesPass()
    expect(await ask(stranger.ownerId)).toBeNull()
    expect(await ask(bench.workspace.ownerId)).toMatchObject({ queue: 'copy-media', data: job })
    expect(await ask(bench.workspace.ownerId)).toBeNull()
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'pending', reason: null, attempts: 0 })
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored' })
    expect(await ask(bench.workspace.ownerId)).toBeNull()
  })
})

describe('a worker that dies', () => {
  test('by kill -9 while it downloads loses nothing and leaves nothing twice', async () => {
    bench.files.answer('/photo', (_request, response) => {
      response.writeHead(200)
      response.write(photo.subarray(0, 100))
    })
    const job = await bench.receive({ url: '/photo' })
    const input: MediaProcessInput = {
      ...job,
      databaseUrl: bench.workerUrl,
      encryptionKeys,
      kapsoApiUrl: bench.files.url,
      supabaseUrl: bench.stack.apiUrl,
      secretKey: bench.stack.secretKey,
    }
    const script = join(import.meta.dirname, 'media-worker-process.ts')
    const worker = spawn(process.execPath, [script, JSON.stringify(input)], { stdio: 'ignore' })
    const ended = once(worker, 'exit')
    await vi.waitFor(
      () => {
        expect(bench.files.requests).toHaveLength(1)
      },
      { timeout: 20_000 },
    )
    worker.kill('SIGKILL')
    await ended
    bench.files.answer('/photo', serve(photo))
    const [found] = await vi.waitFor(
      async () => {
        const jobs = await bench.asSystem((database) => findForgottenMedia(database, 0))
        const own = jobs.filter(({ data }) => 'messageId' in data && data.messageId === job.messageId)
        expect(own).toHaveLength(1)
        return own
      },
      { timeout: 10_000 },
    )
    expect(found?.data).toEqual(job)
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored', attempts: 2, sha256: sha256(photo) })
  })

  test('leaves a file that another one finds when the claim has run out', async () => {
    const job = await bench.receive({ url: '/photo' })
    const find = () =>
      bench.asSystem(async (database) =>
        (await findForgottenMedia(database, 0)).filter(
          ({ data }) => 'messageId' in data && data.messageId === job.messageId,
        ),
      )
    expect(await find()).toHaveLength(1)

    // It is silent until the test is over: what a killed process looks like to the others.
    bench.files.answer('/photo', () => undefined)
    const dead = new AbortController()
    const times = { idleMs: 60_000, attemptMs: 60_000, leaseMs: 400, renewMs: 60_000 }
    const retries = { maxAttempts: 3, firstDelayMs: 60_000, longestDelayMs: 60_000 }
    const dying = copyMedia(bench.dependencies({ times, retries }), job, dead.signal)
    await vi.waitFor(() => {
      expect(bench.files.requests).toHaveLength(1)
    })
    await vi.waitFor(async () => {
      expect(await find()).toHaveLength(1)
    })

    bench.files.answer('/photo', fail(500))
    await copyMedia(bench.dependencies(), job)
    const second = await bench.mediaOf(job)
    expect(second).toMatchObject({ state: 'pending', attempts: 2 })
    // The first one was not dead after all: it is not heard any more.
    dead.abort()
    await dying
    expect(await bench.mediaOf(job)).toEqual(second)
    bench.files.answer('/photo', serve(photo))
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored', attempts: 3 })
  })

  test('is told from one that takes its time', async () => {
    let finish: () => void = () => undefined
    bench.files.answer('/slow', (_request, response) => {
      response.writeHead(200)
      response.write(photo.subarray(0, 100))
      finish = () => response.end(photo.subarray(100))
    })
    const job = await bench.receive({ url: '/slow' })
    const times = { idleMs: 60_000, attemptMs: 60_000, leaseMs: 2_000, renewMs: 20 }
    const working = copyMedia(bench.dependencies({ times }), job)
    const { due_at: first } = await vi.waitFor(async () => {
      const media = await bench.mediaOf(job)
      expect(media.attempts).toBe(1)
      return media
    })
    await vi.waitFor(async () => {
      expect((await bench.mediaOf(job)).due_at.getTime()).toBeGreaterThan(first.getTime() + 100)
    })
    // Somebody else's job finds nothing to do.
    await copyMedia(bench.dependencies(), job)
    expect(bench.files.requests).toHaveLength(1)
    finish()
    await working
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored', attempts: 1 })
  })

  test('between Storage and the database leaves nothing that is there twice', async () => {
    bench.files.answer('/photo', serve(photo))
    const job = await bench.receive({ url: '/photo' })
    const before = await bench.listObjects()
    const { kysely } = bench
    let calls = 0
    const asSystem: typeof bench.asSystem = (work) => {
      calls += 1
      // Claim, look for the bytes, then the end: which never comes.
      return calls === 3 ? Promise.reject(new Error('killed')) : bench.asSystem(work)
    }
    await expect(copyMedia(bench.dependencies({ asSystem }), job)).rejects.toThrow('killed')
    expect(await bench.listObjects()).toHaveLength(before.length + 2)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'pending' })
    await queryOnce(bench.stack.adminUrl, `update message_media set due_at = now() where message_id = $1`, [
      job.messageId,
    ])
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'stored' })
    expect(await bench.listObjects()).toHaveLength(before.length + 2)
    const files = await kysely
      .selectFrom('media_files')
      .select('id')
      .where('sha256', '=', sha256(photo))
      .execute()
    expect(files).toHaveLength(1)
  })

  test('again and again over the same file does not try for ever', async () => {
    bench.files.answer('/photo', serve(photo))
    const job = await bench.receive({ url: '/photo' })
    await queryOnce(bench.stack.adminUrl, `update message_media set attempts = 3 where message_id = $1`, [
      job.messageId,
    ])
    await copyMedia(bench.dependencies(), job)
    expect(await bench.mediaOf(job)).toMatchObject({ state: 'failed', reason: 'interrupted' })
    expect(bench.files.requests).toEqual([])
  })
})
