import sharp from 'sharp'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { workCopyMedia } from '../../src/lib/server/jobs/copy-media.ts'
import { startQueue } from '../../src/lib/server/queue/queue.ts'
import { serve } from '../../src/lib/server/media/test-file-server.ts'
import { sign } from '../support/kapso-bodies.ts'
import { mediaItem, startMediaBench, type MediaBench } from '../support/media-bench.ts'
import { silentLog, startPipeline } from '../support/pipeline.ts'
import { queryOnce } from '../support/query.ts'

let bench: MediaBench

beforeAll(async () => {
  // @supabase/lite prints every refusal.
  vi.spyOn(console, 'error').mockReturnValue()
  bench = await startMediaBench()
})
afterAll(() => bench.close())

test('an album of ten pictures, delivered twice, is in Storage once', async () => {
  const { stack, workspace, files } = bench
  const pipeline = await startPipeline({
    name: 'postgres',
    ownerUrl: stack.ownerUrl,
    adminUrl: stack.adminUrl,
    webUrl: bench.webUrl,
    workerUrl: bench.workerUrl,
    jwtSecret: stack.jwtSecret,
    drop: () => Promise.resolve(),
  })
  const queue = await startQueue({ connectionString: bench.workerUrl, runsJobs: true, log: silentLog })
  try {
    const deliveries = await Promise.all(
      Array.from({ length: 10 }, async (_, number) => {
        const picture = await sharp({
          create: { width: 100 + number, height: 80, channels: 3, background: 'teal' },
        })
          .jpeg()
          .toBuffer()
        files.answer(`/${String(number)}.jpg`, serve(picture, 'image/jpeg'))
        const item = mediaItem(workspace, `wamid.album.${String(number)}`, files.url, {
          url: `/${String(number)}.jpg`,
        })
        return sign('whatsapp.message.received', item, workspace.secret)
      }),
    )
    await Promise.all([...deliveries, ...deliveries].map((delivery) => pipeline.deliver(workspace, delivery)))
    await pipeline.applyAll(workspace)
    await workCopyMedia(queue, bench.dependencies({ asSystem: pipeline.asSystem }))

    await vi.waitFor(
      async () => {
        const [row] = await queryOnce<{ messages: number; stored: number; files: number; objects: number }>(
          stack.adminUrl,
          `select (select count(*)::int from messages where type = 'image') as messages,
             (select count(*)::int from message_media where state = 'stored') as stored,
             (select count(*)::int from media_files) as files,
             (select count(*)::int from storage.objects where bucket_id = 'media') as objects`,
        )
        expect(row).toEqual({ messages: 10, stored: 10, files: 10, objects: 10 })
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(files.requests).toHaveLength(10)
  } finally {
    await queue.stop()
    await pipeline.close()
  }
})
