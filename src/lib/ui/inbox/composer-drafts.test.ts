import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Draft, DraftRequest } from '#lib/domain/composer.ts'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import { Drafts } from './composer-drafts.ts'

const reply = (text: string) => ({ text, replyToMessageId: null })

/** A browser's local storage: its entries are its own properties. */
function makeStorage() {
  const storage = Object.create({
    getItem(this: Record<string, string>, key: string) {
      return this[key] ?? null
    },
    setItem(this: Record<string, string>, key: string, value: string) {
      this[key] = value
    },
    removeItem(this: Record<string, string>, key: string) {
      Reflect.deleteProperty(this, key)
    },
  }) as Record<string, string>
  return storage
}

function makeServer() {
  let kept: Draft = { text: '', replyToMessageId: null, writtenAt: null }
  const puts: { text: string; isLeaving: boolean }[] = []
  const state = { isReachable: true }
  const fail = () => Promise.reject(new RequestFailed('unreachable', 0, ''))
  const api = {
    fetchDraft: () => (state.isReachable ? Promise.resolve(kept) : fail()),
    putDraft(_conversation: string, { text, writtenAt }: DraftRequest, isLeaving = false) {
      if (!state.isReachable) return fail()
      puts.push({ text, isLeaving })
      kept = { text, replyToMessageId: null, writtenAt }
      return Promise.resolve()
    },
  }
  return { api, puts, state, text: () => kept.text }
}

const open = (server: ReturnType<typeof makeServer>) => new Drafts(server.api, 'kebun', 'member')

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('localStorage', makeStorage())
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('keeps the words of both where two tabs write at the same moment', () => {
  const server = makeServer()
  const [one, other] = [open(server), open(server)]
  for (const tab of [one, other]) tab.here('c1')
  one.keep('c1', reply('From one'))
  expect(other.keep('c1', reply('From the other')).text).toBe('From one\nFrom the other')
})

it('tells a tab what another one wrote, and lets it go on from there', () => {
  const server = makeServer()
  const [one, other] = [open(server), open(server)]
  for (const tab of [one, other]) tab.here('c1')
  one.keep('c1', reply('Halo'))
  const news = other.receive('my21staff.draft.kebun.member.c1')
  expect(news).toMatchObject({ conversationId: 'c1', before: '', text: 'Halo' })
  other.take('c1', 'Halo')
  expect(other.keep('c1', reply('Halo Kak')).text).toBe('Halo Kak')
  // Sent over there: nothing is left of it here either.
  one.receive('my21staff.draft.kebun.member.c1')
  one.take('c1', 'Halo Kak')
  expect(one.keep('c1', reply('')).text).toBe('')
  expect(other.receive('my21staff.draft.kebun.member.c1')).toMatchObject({ before: 'Halo Kak', text: '' })
  expect(other.receive('my21staff.draft.kebun.somebody-else.c1')).toBeNull()
})

it('is in this browser at once and on the server when the writer pauses', async () => {
  const server = makeServer()
  const drafts = open(server)
  drafts.keep('c1', reply('Ha'))
  drafts.keep('c1', reply('Halo'))
  expect(open(server).here('c1').text).toBe('Halo')
  expect(server.puts).toEqual([])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(server.puts).toEqual([{ text: 'Halo', isLeaving: false }])
})

it('brings again what was written while a message was on its way, which dropped the draft', async () => {
  const server = makeServer()
  const drafts = open(server)
  drafts.keep('c1', reply('Tinggal dua'))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(server.text()).toBe('Tinggal dua')
  // The message that was sent before it is taken only now.
  await server.api.putDraft('c1', { ...reply(''), writtenAt: '', askedAt: '' })
  drafts.forgetSaved('c1')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(server.text()).toBe('Tinggal dua')

  const puts = server.puts.length
  drafts.keep('c2', reply(''))
  drafts.forgetSaved('c2')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(server.puts).toHaveLength(puts)
})

it('outlives a reload without a connection, and reaches the server when there is one', async () => {
  const server = makeServer()
  server.state.isReachable = false
  open(server).keep('c1', reply('Halo'))
  await vi.advanceTimersByTimeAsync(5_000)

  const after = open(server)
  expect(await after.fetch('c1')).toMatchObject(reply('Halo'))
  server.state.isReachable = true
  after.saveAll()
  await vi.advanceTimersByTimeAsync(0)
  expect(server.text()).toBe('Halo')
})

it('keeps what two devices wrote, here without and there with a connection', async () => {
  const server = makeServer()
  const here = open(server)
  await here.fetch('c1')
  server.state.isReachable = false
  here.keep('c1', reply('dari sini'))
  await vi.advanceTimersByTimeAsync(2_000)
  server.state.isReachable = true
  await server.api.putDraft('c1', { ...reply('dari sana'), writtenAt: '', askedAt: '' })
  expect((await here.fetch('c1')).text).toBe('dari sana\ndari sini')
})

it('leaves nothing behind once it is sent', async () => {
  const server = makeServer()
  const drafts = open(server)
  drafts.keep('c1', reply('Halo'))
  await vi.advanceTimersByTimeAsync(1_000)
  drafts.keep('c1', reply(''))
  await drafts.save('c1', true)
  expect(server.puts.at(-1)).toEqual({ text: '', isLeaving: true })
  expect(Object.keys(localStorage)).toEqual([])
})
