import { flushSync } from 'svelte'
import type { InboxSetup } from '#lib/domain/inbox.ts'
import type { ChannelSource } from '#lib/realtime/conversation-channel.ts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ThreadPresence } from './thread-presence.svelte.ts'

type Heard = (told: { payload: unknown }) => void

const makeMember = (id: string, name: string): InboxSetup['members'][number] => ({
  id,
  name,
  isMe: id === 'u1',
  availability: 'online',
})

/** A socket by which the test tells what other browsers tell. */
function makeSource() {
  const heard = new Map<string, Heard>()
  const tracked: unknown[] = []
  const sent: unknown[] = []
  let state: Record<string, unknown[]> = {}
  const channel = {
    state: 'joined',
    on(kind: string, _: unknown, listener: Heard) {
      heard.set(kind, listener)
      return channel
    },
    subscribe(listener: (status: string) => void) {
      listener('SUBSCRIBED')
      return channel
    },
    presenceState: () => state,
    track: (who: unknown) => Promise.resolve(tracked.push(who)),
    send: (message: { payload: unknown }) => Promise.resolve(sent.push(message.payload)),
    unsubscribe: () => Promise.resolve('ok'),
  }
  const connection = {
    open: () => Promise.resolve({ channel: () => channel }),
    renewToken: () => Promise.resolve(),
  } as unknown as ChannelSource
  return {
    connection,
    tracked,
    sent,
    look(...watchers: unknown[]) {
      state = Object.fromEntries(watchers.map((who, index) => [`tab-${String(index)}`, [who]]))
      heard.get('presence')?.({ payload: null })
    },
    type(payload: unknown) {
      heard.get('broadcast')?.({ payload })
    },
  }
}

async function openPresence(members: () => InboxSetup['members'], onStranger: () => void = () => undefined) {
  const source = makeSource()
  const me = { id: 'u1', name: 'Ana' }
  const presence = new ThreadPresence({
    conversationId: 'c1',
    me,
    connection: source.connection,
    members,
    onStranger,
  })
  presence.open()
  await vi.waitFor(() => {
    expect(source.tracked).toHaveLength(1)
  })
  return { ...source, presence }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const team = [makeMember('u1', 'Ana'), makeMember('u2', 'Budi'), makeMember('u3', 'Cici')]

it('calls those who look and type what the server calls them, whatever their browser says', async () => {
  const { presence, look, type } = await openPresence(() => team)
  look({ userId: 'u1', name: 'Ana' }, { userId: 'u2', name: 'Cici' })
  type({ userId: 'u2', name: 'Cici', isTyping: true })
  expect(presence.watchers).toEqual([{ id: 'u2', name: 'Budi' }])
  expect(presence.typers).toEqual([{ id: 'u2', name: 'Budi' }])
  presence.close()
})

it('shows nobody who is no member, by no name that they give themselves', async () => {
  const { presence, look, type } = await openPresence(() => team)
  look({ userId: 'u9', name: 'Budi' }, { name: 'Budi' })
  type({ userId: 'u9', name: 'Budi', isTyping: true })
  expect(presence.watchers).toEqual([])
  expect(presence.typers).toEqual([])
  presence.close()
})

it('asks once who a stranger is, and shows them when the server knows them', async () => {
  let members = $state.raw(team.slice(0, 2))
  let asked = 0
  const { presence, look, type } = await openPresence(
    () => members,
    () => {
      asked += 1
    },
  )
  look({ userId: 'u1' }, { userId: 'u2' })
  expect(asked).toBe(0)
  look({ userId: 'u3' })
  look({ userId: 'u3' }, { userId: 'u8' })
  type({ userId: 'u9', isTyping: true })
  expect(presence.watchers).toEqual([])
  expect(asked).toBe(1)
  members = team
  flushSync()
  expect(presence.watchers).toEqual([{ id: 'u3', name: 'Cici' }])
  presence.close()
})

it('tells others an id and no name', async () => {
  const { presence, tracked, sent } = await openPresence(() => team)
  presence.typing()
  presence.stopTyping()
  expect(tracked).toEqual([{ userId: 'u1' }])
  expect(sent).toEqual([
    { userId: 'u1', isTyping: true },
    { userId: 'u1', isTyping: false },
  ])
  presence.close()
})

it('forgets who types when they stop, go, or are heard of no more', async () => {
  const { presence, look, type } = await openPresence(() => team)
  look({ userId: 'u2' }, { userId: 'u3' })
  type({ userId: 'u2', isTyping: true })
  type({ userId: 'u3', isTyping: true })
  type({ userId: 'u2', isTyping: false })
  expect(presence.typers).toEqual([{ id: 'u3', name: 'Cici' }])
  look({ userId: 'u2' })
  expect(presence.typers).toEqual([])
  type({ userId: 'u2', isTyping: true })
  await vi.runAllTimersAsync()
  expect(presence.typers).toEqual([])
  presence.close()
})
