import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { copyMedia } from '../../src/lib/server/media/copy-media.ts'
import type { CopyMediaJob } from '../../src/lib/server/queue/queue.ts'
import { fail, serve } from '../../src/lib/server/media/test-file-server.ts'
import { startMediaBench, type FileFacts, type MediaBench } from '../support/media-bench.ts'
import { queryOnce } from '../support/query.ts'
import { createWorkspaceAs, signUpVisitor, Visitor } from '../support/visitor.ts'
import { startWebProcess, type WebProcess } from '../support/web-process.ts'
import type { TestWorkspace } from '../support/workspace.ts'

let bench: MediaBench
let web: WebProcess
let member: Visitor
let slug: string
let workspace: TestWorkspace
let photo: Buffer

beforeAll(async () => {
  // @supabase/lite prints every refusal.
  vi.spyOn(console, 'error').mockReturnValue()
  bench = await startMediaBench()
  web = await startWebProcess(bench.stack)
  ;({ visitor: member } = await signUpVisitor(web.origin, 'Member'))
  slug = await createWorkspaceAs(member, 'Kopi Kita')
  workspace = await adoptWorkspace()
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 20 }
  photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: 'teal', noise } })
    .jpeg()
    .toBuffer()
})

afterAll(async () => {
  await web.stop()
  await bench.close()
})

/** Gives the workspace that the member has made a channel and an endpoint. */
async function adoptWorkspace(): Promise<TestWorkspace> {
  const [row] = await queryOnce<{ id: string }>(
    bench.stack.adminUrl,
    'select id from workspaces where slug = $1',
    [slug],
  )
  const workspaceId = row?.id ?? ''
  const moved = await bench.addWorkspace()
  await queryOnce(
    bench.stack.adminUrl,
    `with c as (insert into channels (workspace_id, name, phone_number_id, identity_scope)
       values ($1, 'Sales', 'own-number', 'account') returning id)
     insert into webhook_endpoints (workspace_id, channel_id, name) select $1, id, 'Kapso' from c`,
    [workspaceId],
  )
  const [channel] = await queryOnce<{ channel: string; endpoint: string }>(
    bench.stack.adminUrl,
    `select channel_id as channel, id as endpoint from webhook_endpoints where workspace_id = $1`,
    [workspaceId],
  )
  return {
    ...moved,
    workspaceId,
    channelId: channel?.channel ?? '',
    endpointId: channel?.endpoint ?? '',
    phoneNumberId: 'own-number',
  }
}

async function copy(facts: FileFacts): Promise<CopyMediaJob> {
  const job = await bench.receive(facts, workspace)
  await copyMedia(bench.dependencies(), job)
  return job
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const pathOf = (job: CopyMediaJob, query = '') => `/w/${slug}/media/${job.messageId}${query}`

test('leads a member to a picture and to its thumbnail, for a short time', async () => {
  bench.files.answer('/photo.jpg', serve(photo, 'image/jpeg'))
  const job = await copy({ url: '/photo.jpg' })
  const answer = await member.get(pathOf(job), { accept: 'image/*' })
  expect(answer.status).toBe(302)
  expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=\d\d$/)
  const address = answer.location ?? ''
  expect(address.startsWith(bench.stack.apiUrl)).toBe(true)
  const shown = await fetch(address)
  expect(shown.headers.get('content-type')).toBe('image/jpeg')
  expect(shown.headers.get('content-disposition')).toBeNull()
  expect(sha256(await shown.bytes())).toBe(sha256(photo))

  const token = new URL(address).searchParams.get('token')?.split('.')[1] ?? ''
  const { iat, exp } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { iat: number; exp: number }
  expect(exp - iat).toBe(60)

  const small = await member.get(pathOf(job, '?size=thumbnail'), { accept: 'image/*' })
  const thumbnail = await fetch(small.location ?? '')
  expect(thumbnail.headers.get('content-type')).toBe('image/webp')
  expect((await sharp(await thumbnail.bytes()).metadata()).width).toBe(480)
})

test('an address works no longer than it was made for', async () => {
  bench.files.answer('/photo.jpg', serve(photo, 'image/jpeg'))
  const job = await copy({ url: '/photo.jpg' })
  const { storage_path: path } = await bench.mediaOf(job)
  const address = (await bench.store.sign(path ?? '', 1, null)) ?? ''
  expect((await fetch(address)).status).toBe(200)
  await vi.waitFor(
    async () => {
      expect((await fetch(address)).status).toBe(400)
    },
    { timeout: 10_000, interval: 100 },
  )
})

test('a document is saved, under a name that leads nowhere', async () => {
  bench.files.answer('/offer', serve('%PDF-1.7\noffer'))
  const job = await copy({
    kind: 'document',
    url: '/offer',
    mimeType: 'application/pdf',
    fileName: '../Penawaran “Maret”.pdf',
  })
  for (const query of ['', '?download']) {
    const { location } = await member.get(pathOf(job, query))
    const saved = await fetch(location ?? '')
    expect(saved.headers.get('content-disposition')).toContain(
      `attachment; filename=${encodeURIComponent('_Penawaran “Maret”.pdf')}`,
    )
    expect(await saved.text()).toBe('%PDF-1.7\noffer')
  }
})

test('is nobody else’s to open', async () => {
  bench.files.answer('/photo.jpg', serve(photo, 'image/jpeg'))
  const job = await copy({ url: '/photo.jpg' })
  const json = { accept: 'image/*' }
  expect((await new Visitor(web.origin).get(pathOf(job), json)).status).toBe(401)

  const { visitor: stranger } = await signUpVisitor(web.origin, 'Stranger')
  const ownSlug = await createWorkspaceAs(stranger, 'Elsewhere')
  expect((await stranger.get(pathOf(job), json)).status).toBe(404)
  // By way of a workspace of one's own.
  const around = await stranger.get(`/w/${ownSlug}/media/${job.messageId}`, json)
  expect([around.status, around.location]).toEqual([404, null])
  const post = await stranger.send(`/w/${ownSlug}/media/${job.messageId}`, {
    method: 'POST',
    headers: { origin: web.origin },
  })
  expect(JSON.parse(post.text)).toEqual({ isAsked: false })

  expect((await member.get(pathOf({ ...job, messageId: 'no-id' }), json)).status).toBe(404)
  expect((await member.get(pathOf({ ...job, messageId: workspace.channelId }), json)).status).toBe(404)
  const direct = `${bench.stack.apiUrl}/storage/v1/object/media/${job.workspaceId}/${sha256(photo)}`
  expect((await fetch(direct, { headers: { apikey: bench.stack.publishableKey } })).status).not.toBe(200)
})

test('a member asks again for what could not be had', async () => {
  bench.files.answer('/late.jpg', fail(404))
  const job = await copy({ url: '/late.jpg' })
  expect((await member.get(pathOf(job), { accept: 'image/*' })).status).toBe(404)
  const ask = () => member.send(pathOf(job), { method: 'POST', headers: { origin: web.origin } })
  await bench.letTriesPass()
  const answer = await ask()
  expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { isAsked: true }])
  expect(await bench.mediaOf(job)).toMatchObject({ state: 'pending', attempts: 0 })
  const jobs = await queryOnce(
    bench.stack.adminUrl,
    `select data from pgboss.job where name = 'copy-media' and data ->> 'messageId' = $1`,
    [job.messageId],
  )
  expect(jobs).toHaveLength(1)
  expect(JSON.parse((await ask()).text)).toEqual({ isAsked: false })
})

test('pages may show what lies in Storage, and no log tells an address', async () => {
  const page = await member.get(`/w/${slug}/inbox`)
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(new RegExp(`img-src [^;]*${bench.stack.apiUrl}`))
  expect(policy).toMatch(new RegExp(`media-src [^;]*${bench.stack.apiUrl}`))
  expect(web.output()).not.toMatch(/token=|\/object\/sign/)
})
