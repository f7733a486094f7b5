import type { RealtimeChannel, RealtimeClient } from '@supabase/realtime-js'

const firstPauseMs = 1_000
const longestPauseMs = 30_000
/** How often "is typing" is told again while somebody types; the others forget it a little later. */
const typingEveryMs = 3_000

/** What of the page's one socket a conversation needs: see `RealtimeConnection`. */
export interface ChannelSource {
  open(): Promise<RealtimeClient>
  renewToken(): Promise<void>
}

export interface ConversationChannelOptions {
  connection: ChannelSource
  conversationId: string
  myId: string
  /** The ids of all who look now, the reader and their other tabs included; nobody while the channel is lost. */
  onWatchers: (userIds: string[]) => void
  /** Somebody types, or has stopped (by sending, or by emptying the field). */
  onTyping: (userId: string, isTyping: boolean) => void
}

export interface ConversationChannel {
  /** To be called at every key; tells the others now and then. */
  typing(): void
  stopTyping(): void
  close(): void
}

/**
 * The private channel of one conversation: who looks at it (Realtime presence, which ends by itself when a browser
 * crashes) and who is typing a reply. It is an aid: what it tells is told by other browsers, so nothing but words on
 * screen may depend on it, and it tells ids alone: what somebody is called, the server knows.
 */
export function openConversationChannel(options: ConversationChannelOptions): ConversationChannel {
  let channel: RealtimeChannel | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false
  let failures = 0
  let toldTypingAt = 0
  const me = { userId: options.myId }

  async function open() {
    clearTimeout(timer)
    try {
      const client = await options.connection.open()
      if (!isStopped()) join(client)
    } catch {
      openLater()
    }
  }

  function isStopped() {
    return isClosed
  }

  function join(client: RealtimeClient) {
    const current = client.channel(conversationTopic(options.conversationId), {
      config: { private: true, presence: { key: crypto.randomUUID() } },
    })
    channel = current
    current.on('presence', { event: 'sync' }, () => {
      if (!isClosed) options.onWatchers(readWatchers(current.presenceState()))
    })
    current.on('broadcast', { event: 'typing' }, ({ payload }) => {
      const userId = readUserId(payload)
      if (userId !== null && !isClosed) options.onTyping(userId, isTypingIn(payload))
    })
    current.subscribe((status) => {
      if (isClosed || channel !== current) return
      if (status === 'SUBSCRIBED') {
        failures = 0
        void current.track(me)
        return
      }
      options.onWatchers([])
      if (status === 'CHANNEL_ERROR') {
        // The library tries again by itself, with the new token.
        void options.connection.renewToken()
      } else if (status === 'CLOSED') {
        channel = null
        openLater()
      }
    })
  }

  function openLater() {
    if (isClosed) return
    clearTimeout(timer)
    timer = setTimeout(() => void open(), Math.min(firstPauseMs * 2 ** failures, longestPauseMs))
    failures += 1
  }

  function tell(isTyping: boolean) {
    // Before it has joined the library would send it by HTTP, one request each.
    if (channel?.state !== 'joined') return
    void channel.send({ type: 'broadcast', event: 'typing', payload: { ...me, isTyping } })
  }

  void open()
  return {
    typing() {
      const now = performance.now()
      if (toldTypingAt !== 0 && now - toldTypingAt < typingEveryMs) return
      toldTypingAt = now
      tell(true)
    },
    stopTyping() {
      if (toldTypingAt === 0) return
      toldTypingAt = 0
      tell(false)
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      void channel?.unsubscribe()
    },
  }
}

/** The private channel of those who may read a conversation: Realtime asks the policies at every join. */
export function conversationTopic(conversationId: string): string {
  return `conversation:${conversationId}`
}

/** Who is in a channel's presence, each person once. */
export function readWatchers(state: Readonly<Record<string, readonly unknown[]>>): string[] {
  const userIds = Object.values(state).flatMap((entries) => entries.map(readUserId))
  return [...new Set(userIds)].filter((userId) => userId !== null)
}

/** Another browser wrote it: it may hold anything. */
function readUserId(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('userId' in value)) return null
  return typeof value.userId === 'string' ? value.userId : null
}

function isTypingIn(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'isTyping' in value && value.isTyping === true
}
