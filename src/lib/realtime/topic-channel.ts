import { notificationsChanged } from '../domain/notifications-changed.ts'
import type { RealtimeChannel } from '@supabase/realtime-js'
import type { RealtimeConnection } from './realtime-connection.ts'

const firstPauseMs = 1_000
const longestPauseMs = 30_000

export interface TopicChannelOptions {
  connection: RealtimeConnection
  topic: string
  /** After every join and rejoin. What happened before it was not heard. */
  onJoined: () => void
  /** It cannot be heard; `isRefused` when the server said no and not the network. */
  onLost: (isRefused: boolean) => void
  /** @param xid the transaction that it tells of, where it says so */
  onBroadcast: (xid: string | null) => void
}

export interface TopicChannel {
  /** Tries again at once if it is not joined: for when the network or the tab is back. */
  wake(): void
  close(): void
}

/**
 * Joins one private channel and stays joined until closed. The library rejoins by itself after a lost socket; a channel
 * that the server closed (its token expired while the machine slept) is opened anew.
 */
export function openTopicChannel(options: TopicChannelOptions): TopicChannel {
  const { connection, topic } = options
  let channel: RealtimeChannel | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false
  let isOpening = false
  let failures = 0

  async function open() {
    if (isOpening) return
    isOpening = true
    clearTimeout(timer)
    try {
      const client = await connection.open()
      // Closed while the library was on its way.
      if (!isStopped()) join(client.channel(topic, { config: { private: true } }))
    } catch {
      openLater()
    } finally {
      isOpening = false
    }
  }

  function isStopped() {
    return isClosed
  }

  function join(current: RealtimeChannel) {
    channel = current
    current.on('broadcast', { event: '*' }, ({ payload }: { payload?: unknown }) => {
      options.onBroadcast(readXid(payload))
    })
    current.on('broadcast', { event: 'notifications_changed' }, () => {
      window.dispatchEvent(new Event(notificationsChanged))
    })
    current.subscribe((status) => {
      if (isClosed || channel !== current) return
      if (status === 'SUBSCRIBED') {
        failures = 0
        options.onJoined()
        return
      }
      options.onLost(status === 'CHANNEL_ERROR')
      if (status === 'CHANNEL_ERROR') {
        // The library tries again by itself.
        void connection.renewToken()
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

  void open()
  return {
    wake() {
      if (isClosed) return
      failures = 0
      if (channel) connection.wake()
      else void open()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      void channel?.unsubscribe()
    },
  }
}

/** `{ xid }` of a broadcast that Postgres sent: decimal digits. */
function readXid(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null || !('xid' in payload)) return null
  return typeof payload.xid === 'string' && /^\d{1,20}$/.test(payload.xid) ? payload.xid : null
}
