import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseBuffer } from 'music-metadata'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listMessages } from '../../src/lib/server/database/inbox-thread.ts'
import {
  changeSavedReply,
  createSavedReply,
  deleteSavedReply,
  listSavedReplies,
} from '../../src/lib/server/database/saved-replies.ts'
import { dropOrphanedUploads } from '../../src/lib/server/jobs/drop-orphaned-uploads.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { startComposerBench, type ComposerBench } from './composer-support.ts'
import { encryptionKeys } from '../support/workspace.ts'
import { until, type Thread } from './outbox-support.ts'
import type { WorkerProcessInput } from './outbox-worker-process.ts'

let bench: ComposerBench
let picture: Buffer

beforeAll(async () => {
  bench = await startComposerBench()
  picture = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#3b8' } })
    .jpeg()
    .toBuffer()
}, 120_000)

afterAll(() => bench.close())

const program = Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0'), Buffer.alloc(4096)])

function deliver(thread: Thread): Promise<void> {
  return sendDueMessages(bench.dependencies(), thread)
}

async function objectsIn(folder: string): Promise<string[]> {
  const { rows } = await bench.admin.query<{ name: string }>(
    `select name from storage.objects where bucket_id = 'media' and name like $1 order by name`,
    [`%/${folder}%`],
  )
  return rows.map(({ name }) => name)
}

describe('a picture', () => {
  it('shows in the thread at once, is sent once with its words, and stays the only copy', async () => {
    const thread = await bench.makeThread()
    const uploadId = await bench.upload({ fileName: 'a.jpg', mimeType: 'image/jpeg', bytes: picture })
    const message = await bench.send(thread, { kind: 'media', uploadId, caption: 'Look' })
    expect(message.media).toMatchObject({ state: 'pending', kind: 'image' })
    await Promise.all([deliver(thread), deliver(thread)])
    await deliver(thread)
    const [sent, ...more] = bench.atKapso(thread)
    expect(more).toEqual([])
    expect(sent).toMatchObject({ type: 'image', content: { caption: 'Look', mime_type: 'image/jpeg' } })
    const { messages } = await bench.asMember(bench.owner, (database) =>
      listMessages(database, thread.workspaceId, thread.conversationId),
    )
    expect(messages.at(-1)).toMatchObject({
      sendState: 'accepted',
      media: { state: 'stored', width: 600, height: 400, mimeType: 'image/jpeg' },
    })
    expect(await objectsIn(`uploads/${uploadId}`)).toEqual([])
  })

  it('that was handed to WhatsApp before is not handed over again', async () => {
    const thread = await bench.makeThread()
    const uploadId = await bench.upload({ fileName: 'b.jpg', mimeType: 'image/jpeg', bytes: picture })
    await bench.send(thread, { kind: 'media', uploadId })
    await deliver(thread)
    const known = bench.simulator.control.world.media.size
    await bench.send(thread, { kind: 'media', uploadId })
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(2)
    // Storage gives one media id; the echo of each message names it.
    expect(bench.simulator.control.world.media.size).toBe(known)
  })

  it('is tried again when WhatsApp does not take it at once', async () => {
    const thread = await bench.makeThread()
    const uploadId = await bench.upload({ fileName: 'c.jpg', mimeType: 'image/jpeg', bytes: picture })
    const message = await bench.send(thread, { kind: 'media', uploadId })
    bench.simulator.control.addFault({ on: 'media', kind: 'server_error', times: 1 })
    await sendDueMessages(bench.dependencies({}, { random: () => 0 }), thread)
    expect(await bench.messageOf(message.id)).toMatchObject({ send_state: 'accepted' })
    expect(bench.atKapso(thread)).toHaveLength(1)
  })
})

describe('a file that is not what it says', () => {
  it('is refused before anything is queued', async () => {
    const thread = await bench.makeThread()
    for (const [fileName, mimeType] of [
      ['invoice.pdf', 'application/pdf'],
      ['photo.jpg', 'image/jpeg'],
      ['notes.txt', 'text/plain'],
      ['voice.ogg', 'audio/ogg'],
    ] as const) {
      const uploadId = await bench.upload({ fileName, mimeType, bytes: program })
      await expect(bench.send(thread, { kind: 'media', uploadId })).rejects.toMatchObject({
        code: 'wrong_type',
      })
    }
  })

  it('is refused by the worker too, which sees all of it', async () => {
    const thread = await bench.makeThread()
    const uploadId = await bench.upload({ fileName: 'a.jpg', mimeType: 'image/jpeg', bytes: picture })
    const message = await bench.send(thread, { kind: 'media', uploadId })
    const path = `${thread.workspaceId}/uploads/${uploadId}`
    await bench.store.upload(path, program, 'image/jpeg', AbortSignal.timeout(5_000))
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(0)
    expect(await bench.messageOf(message.id)).toMatchObject({
      send_state: 'failed',
      failure_code: 'wrong_type',
    })
  })

  it('is refused by name, size and owner', async () => {
    const thread = await bench.makeThread()
    await expect(
      bench.upload({ fileName: 'setup.exe', mimeType: 'application/x-msdownload', bytes: program }),
    ).rejects.toMatchObject({ code: 'file_type' })
    await expect(
      bench.upload({ fileName: 'a.jpg', mimeType: 'image/jpeg', bytes: Buffer.alloc(5 * 1024 * 1024 + 1) }),
    ).rejects.toMatchObject({ code: 'too_large' })
    const uploadId = await bench.upload({ fileName: 'a.jpg', mimeType: 'image/jpeg', bytes: picture })
    const colleague = await bench.addMember('agent')
    await expect(bench.send(thread, { kind: 'media', uploadId }, colleague)).rejects.toMatchObject({
      code: 'upload_not_found',
    })
  })
})

describe('a template that begins with a file', () => {
  const templateId = async (name: string) => {
    const { rows } = await bench.admin.query<{ id: string }>('select id from templates where name = $1', [
      name,
    ])
    return rows[0]?.id ?? ''
  }
  const pdf = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF')

  beforeAll(async () => {
    bench.simulator.control.setTemplate({
      name: 'price_list',
      language: 'id',
      category: 'UTILITY',
      components: [
        { type: 'HEADER', format: 'DOCUMENT' },
        { type: 'BODY', text: 'Daftar harga kami.' },
      ],
    })
    bench.simulator.control.setTemplate({
      name: 'our_place',
      language: 'id',
      category: 'UTILITY',
      components: [
        { type: 'HEADER', format: 'LOCATION' },
        { type: 'BODY', text: 'Kami di sini.' },
      ],
    })
    expect(await bench.syncTemplates()).toBe(0)
  })

  it('brings it to the customer, also when the 24 hours are over, and shows it in the thread', async () => {
    const thread = await bench.makeThread({ lastInboundAt: new Date(Date.now() - 30 * 3_600_000) })
    const headerUploadId = await bench.upload({ fileName: 'a.jpg', mimeType: 'image/jpeg', bytes: picture })
    const message = await bench.send(thread, {
      kind: 'template',
      templateId: await templateId('new_collection'),
      parameters: { 'body.1': 'Sari' },
      headerUploadId,
    })
    expect(message).toMatchObject({
      text: 'Halo Sari, ini foto barang yang Anda tanyakan.',
      content: { kind: 'template', headerFile: { kind: 'image', fileName: 'a.jpg' } },
      media: { state: 'pending', kind: 'image' },
    })
    await Promise.all([deliver(thread), deliver(thread)])
    await deliver(thread)
    const [sent, ...more] = bench.atKapso(thread)
    expect(more).toEqual([])
    expect(sent?.content).toMatchObject({
      components: [
        { type: 'header', parameters: [{ type: 'image', image: { id: expect.any(String) as string } }] },
        { type: 'body', parameters: [{ type: 'text', text: 'Sari' }] },
      ],
    })
    const { messages } = await bench.asMember(bench.owner, (database) =>
      listMessages(database, thread.workspaceId, thread.conversationId),
    )
    expect(messages.at(-1)).toMatchObject({
      sendState: 'accepted',
      media: { state: 'stored', kind: 'image', width: 600, height: 400 },
    })
  })

  it('names a document as it was named', async () => {
    const thread = await bench.makeThread()
    const headerUploadId = await bench.upload({
      fileName: 'Harga 2026.pdf',
      mimeType: 'application/pdf',
      bytes: pdf,
    })
    const template = { kind: 'template', templateId: await templateId('price_list') } as const
    const message = await bench.send(thread, { ...template, headerUploadId })
    await deliver(thread)
    expect(await bench.messageOf(message.id)).toMatchObject({ send_state: 'accepted' })
    expect(bench.atKapso(thread)[0]?.content).toMatchObject({
      components: [{ parameters: [{ type: 'document', document: { filename: 'Harga 2026.pdf' } }] }],
    })
  })

  it('does not go out without it, with another kind, with somebody else’s, or where it begins with none', async () => {
    const thread = await bench.makeThread()
    const send = async (name: string, headerUploadId?: string, as = bench.owner) =>
      bench.send(
        thread,
        {
          kind: 'template',
          templateId: await templateId(name),
          parameters: { 'body.1': 'Sari' },
          ...(headerUploadId === undefined ? {} : { headerUploadId }),
        },
        as,
      )
    const [photo, document, text, renamed] = [
      await bench.upload({ fileName: 'a.jpg', mimeType: 'image/jpeg', bytes: picture }),
      await bench.upload({ fileName: 'a.pdf', mimeType: 'application/pdf', bytes: pdf }),
      await bench.upload({ fileName: 'a.txt', mimeType: 'text/plain', bytes: Buffer.from('Harga') }),
      await bench.upload({ fileName: 'b.jpg', mimeType: 'image/jpeg', bytes: program }),
    ]
    await expect(send('new_collection')).rejects.toMatchObject({ code: 'header_file_missing' })
    await expect(send('new_collection', document)).rejects.toMatchObject({ code: 'header_file_kind' })
    await expect(send('price_list', text)).rejects.toMatchObject({ code: 'header_file_kind' })
    await expect(send('hello', photo)).rejects.toMatchObject({ code: 'header_file_kind' })
    await expect(send('new_collection', randomUUID())).rejects.toMatchObject({ code: 'upload_not_found' })
    await expect(send('new_collection', renamed)).rejects.toMatchObject({ code: 'wrong_type' })
    const colleague = await bench.addMember('agent')
    await expect(send('new_collection', photo, colleague)).rejects.toMatchObject({ code: 'upload_not_found' })
    await expect(send('our_place', photo)).rejects.toMatchObject({ code: 'template_not_supported' })
    await deliver(thread)
    expect(bench.atKapso(thread)).toEqual([])
  })

  it('is tried again when WhatsApp does not take its file at once', async () => {
    const thread = await bench.makeThread()
    const headerUploadId = await bench.upload({ fileName: 'c.jpg', mimeType: 'image/jpeg', bytes: picture })
    const message = await bench.send(thread, {
      kind: 'template',
      templateId: await templateId('new_collection'),
      parameters: { 'body.1': 'Sari' },
      headerUploadId,
    })
    bench.simulator.control.addFault({ on: 'media', kind: 'server_error', times: 1 })
    await sendDueMessages(bench.dependencies({}, { random: () => 0 }), thread)
    expect(await bench.messageOf(message.id)).toMatchObject({ send_state: 'accepted' })
    expect(bench.atKapso(thread)).toHaveLength(1)
  })
})

describe('a recording', () => {
  it('of a browser leaves as a voice note', async () => {
    const thread = await bench.makeThread()
    const bytes = await readFile(join(import.meta.dirname, '../support/files/recording.webm'))
    const uploadId = await bench.upload({
      fileName: 'voice.webm',
      mimeType: 'audio/webm;codecs=opus',
      bytes,
    })
    await bench.send(thread, { kind: 'media', uploadId, isVoice: true })
    await deliver(thread)
    const [sent] = bench.atKapso(thread)
    expect(sent).toMatchObject({ type: 'audio', content: { voice: true, mime_type: 'audio/ogg' } })
    const { id } = sent?.content as { id: string }
    const { format } = await parseBuffer(bench.simulator.control.readMedia(id), 'audio/ogg', {
      duration: true,
    })
    expect(format).toMatchObject({ container: 'Ogg', codec: 'Opus', numberOfChannels: 1, sampleRate: 48_000 })
    expect(format.duration).toBeCloseTo(2.46, 1)
  })
})

describe('a worker that is killed', () => {
  /** Starts one on the thread and kills it as soon as `isThere` says so. */
  async function killWhen(thread: Thread, isThere: () => boolean | Promise<boolean>): Promise<void> {
    const input: WorkerProcessInput = {
      databaseUrl: bench.workerUrl,
      encryptionKeys,
      kapsoApiUrl: bench.simulator.url,
      kapsoApiKey: bench.simulator.apiKey,
      workspaceId: thread.workspaceId,
      conversationId: thread.conversationId,
      storage: { url: bench.stack.apiUrl, secretKey: bench.stack.secretKey },
    }
    const child = spawn(process.execPath, [
      join(import.meta.dirname, 'outbox-worker-process.ts'),
      JSON.stringify(input),
    ])
    const ended = once(child, 'exit')
    await until(isThere)
    child.kill('SIGKILL')
    await ended
  }

  it('while it hands the file over leaves it to the next one', async () => {
    const thread = await bench.makeThread()
    const uploadId = await bench.upload({ fileName: 'k.jpg', mimeType: 'image/jpeg', bytes: picture })
    const message = await bench.send(thread, { kind: 'media', uploadId })
    const fault = bench.simulator.control.addFault({ on: 'media', kind: 'hang', times: 1 })
    await killWhen(thread, () => fault.hit > 0)
    await bench.admin.query('update message_media set due_at = now() where message_id = $1', [message.id])
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(1)
  })

  it('after WhatsApp took the message never makes it leave twice', async () => {
    const thread = await bench.makeThread()
    const uploadId = await bench.upload({ fileName: 'k.jpg', mimeType: 'image/jpeg', bytes: picture })
    const message = await bench.send(thread, { kind: 'media', uploadId, caption: 'once' })
    bench.simulator.control.addFault({ on: 'send', kind: 'hang_after_accepting', times: 1 })
    await killWhen(thread, () => bench.atKapso(thread).length > 0)
    await until(async () => {
      await deliver(thread)
      return (await bench.messageOf(message.id)).send_state === 'accepted'
    })
    expect(bench.atKapso(thread)).toHaveLength(1)
  })
})

describe('uploads that nothing came of', () => {
  it('are removed, and those that wait to be sent or belong to a saved reply are not', async () => {
    const thread = await bench.makeThread()
    const upload = (fileName: string) => bench.upload({ fileName, mimeType: 'image/jpeg', bytes: picture })
    const [orphan, waiting, kept] = await Promise.all([upload('o.jpg'), upload('w.jpg'), upload('k.jpg')])
    const sendAt = new Date(Date.now() + 3_600_000).toISOString()
    await bench.send(thread, { kind: 'media', uploadId: waiting, sendAt })
    await bench.asMember(bench.owner, (database) =>
      createSavedReply(database, thread.workspaceId, {
        shortcut: 'catalogue',
        title: 'Catalogue',
        isShared: true,
        versions: [{ language: 'en', text: 'Here' }],
        uploadId: kept,
      }),
    )
    await bench.admin.query(`update private.uploads set created_at = now() - interval '2 days'`)
    await dropOrphanedUploads(bench)
    expect(await objectsIn(`uploads/${orphan}`)).toEqual([])
    expect(await objectsIn(`uploads/${waiting}`)).toHaveLength(1)
    expect(await objectsIn(`uploads/${kept}`)).toHaveLength(1)
  })
})

describe('saved replies', () => {
  it("are one's own or the team's, which owners and admins keep", async () => {
    const { workspaceId } = bench.workspace
    const agent = await bench.addMember('agent')
    const fields = { title: 'Thanks', versions: [{ language: 'en', text: 'Thank you {{contact.name}}' }] }
    const create = (as: typeof agent, shortcut: string, isShared: boolean) =>
      bench.asMember(as, (database) =>
        createSavedReply(database, workspaceId, { ...fields, shortcut, isShared }),
      )
    const own = await create(agent, 'thanks', false)
    const shared = await create(bench.owner, 'thanks', true)
    await expect(create(agent, 'other', true)).rejects.toMatchObject({ code: 'not_allowed' })
    await expect(create(agent, 'thanks', false)).rejects.toMatchObject({ code: 'shortcut_taken' })
    const seen = (as: typeof agent) =>
      bench.asMember(as, (database) => listSavedReplies(database, workspaceId))
    expect((await seen(agent)).map(({ id }) => id)).toEqual(expect.arrayContaining([own.id, shared.id]))
    expect((await seen(bench.owner)).map(({ id }) => id)).not.toContain(own.id)
    await expect(
      bench.asMember(agent, (database) => changeSavedReply(database, workspaceId, shared.id, { title: 'x' })),
    ).rejects.toMatchObject({ code: 'not_allowed' })
    await expect(
      bench.asMember(agent, (database) => deleteSavedReply(database, workspaceId, randomUUID())),
    ).rejects.toMatchObject({ code: 'not_found' })
    await bench.asMember(agent, (database) => deleteSavedReply(database, workspaceId, own.id))
    expect((await seen(agent)).map(({ id }) => id)).not.toContain(own.id)
  })
})
