import { beforeEach, expect, it, vi } from 'vitest'
import { KeptAttachments } from './composer-attachments-kept.ts'
import { ComposerState } from './composer-state.svelte.ts'
import { ThreadState } from './thread-state.svelte.ts'

const photo = {
  type: 'image',
  text: null,
  content: {
    kind: 'image',
    mimeType: 'image/png',
    fileName: 'meja.png',
    byteSize: 70,
    isVoice: false,
    isAnimated: false,
    transcript: null,
  },
  quoted: null,
} as const

let isReachable = true
let gone: string[]
let there: string[]

beforeEach(() => {
  const stored = new Map<string, string>()
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  })
  isReachable = true
  gone = []
  there = ['u1', 'u2']
  return () => {
    vi.unstubAllGlobals()
  }
})

/** The composer of a conversation in a page that was just loaded. */
function load(conversationId = 'c1', memberId = 'm1'): ComposerState {
  return new ComposerState(conversationId, {
    api: {
      createUpload: () => Promise.reject(new Error('not asked for')),
      fetchUploads: (_conversation, ids) =>
        isReachable
          ? Promise.resolve(ids.filter((id) => there.includes(id)))
          : Promise.reject(new Error('offline')),
    },
    kept: new KeptAttachments('kebun', memberId),
    send: () => undefined,
    onGone: (names) => gone.push(...names),
  })
}

const idsOf = (composer: ComposerState) => composer.attachments.map(({ uploadId }) => uploadId)

it('has after a reload what was uploaded before, with its caption, for this conversation and member alone', async () => {
  const before = load()
  before.attachUploaded('u1', photo)
  const [attached] = before.attachments
  if (attached) attached.caption = 'Ini mejanya'
  before.keepFiles()

  const after = load()
  await after.restoreFiles()
  await after.restoreFiles()
  expect(after.attachments).toHaveLength(1)
  expect(after.attachments[0]).toMatchObject({
    uploadId: 'u1',
    name: 'meja.png',
    kind: 'image',
    state: 'ready',
    caption: 'Ini mejanya',
  })
  for (const other of [load('c2'), load('c1', 'm2')]) {
    await other.restoreFiles()
    expect(other.attachments).toEqual([])
  }
  expect(gone).toEqual([])
})

it('says what is there no more, and forgets it', async () => {
  const before = load()
  before.attachUploaded('u1', photo)
  before.attachUploaded('u2', photo)
  there = ['u2']
  const after = load()
  await after.restoreFiles()
  expect(idsOf(after)).toEqual(['u2'])
  expect(gone).toEqual(['meja.png'])
  const again = load()
  await again.restoreFiles()
  expect(idsOf(again)).toEqual(['u2'])
})

it('keeps them where the server cannot be asked', async () => {
  load().attachUploaded('u1', photo)
  isReachable = false
  const after = load()
  await after.restoreFiles()
  expect(idsOf(after)).toEqual(['u1'])
  expect(gone).toEqual([])
})

it('has nothing left of what was sent or taken off', async () => {
  const sent = load()
  sent.attachUploaded('u1', photo)
  sent.send(new ThreadState('c1'))
  const before = load()
  await before.restoreFiles()
  expect(idsOf(before)).toEqual([])
  before.attachUploaded('u2', photo)
  const [attached] = before.attachments
  if (attached) before.remove(attached)
  const after = load()
  await after.restoreFiles()
  expect(idsOf(after)).toEqual([])
})

it('loses nothing when a send is put back before the conversation is looked at', () => {
  load().attachUploaded('u1', photo)
  load().keepFiles()
  const after = load()
  after.attachUploaded('u2', photo)
  expect(new KeptAttachments('kebun', 'm1').read('c1').map(({ uploadId }) => uploadId)).toEqual(['u1', 'u2'])
})
