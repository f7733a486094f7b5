import type { RealtimeConnection } from './realtime-connection.ts'
import { openTopicChannel, type TopicChannel } from './topic-channel.ts'

export interface TopicChannelsOptions {
  connection: RealtimeConnection
  topics: readonly string[]
  /** After every join and rejoin of any of them; `isWhole` when none is missing now. */
  onJoined: (isWhole: boolean) => void
  /** One of them cannot be heard; `isRefused` when the server said no and not the network. */
  onLost: (isRefused: boolean) => void
  /** `isWhole` when all of them are joined. */
  onBroadcast: (isWhole: boolean, xid: string | null) => void
}

export interface TopicChannels {
  /** From now on these: joins what is new, leaves what is gone. */
  listenTo(topics: readonly string[]): void
  /** Tries again at once where there is no connection. */
  wake(): void
  close(): void
}

/**
 * Listens on several private topics of one socket: that of the workspace where a member sees everything, those of their
 * teams and their own where they do not.
 */
export function openTopicChannels(options: TopicChannelsOptions): TopicChannels {
  const channels = new Map<string, TopicChannel>()
  const joined = new Set<string>()

  function isWhole() {
    return channels.size > 0 && joined.size === channels.size
  }

  function openTopic(topic: string): TopicChannel {
    return openTopicChannel({
      connection: options.connection,
      topic,
      onJoined() {
        joined.add(topic)
        options.onJoined(isWhole())
      },
      onLost(isRefused) {
        joined.delete(topic)
        options.onLost(isRefused)
      },
      onBroadcast(xid) {
        options.onBroadcast(isWhole(), xid)
      },
    })
  }

  function listenTo(topics: readonly string[]) {
    for (const [topic, channel] of channels) {
      if (topics.includes(topic)) continue
      channels.delete(topic)
      joined.delete(topic)
      channel.close()
    }
    for (const topic of topics) if (!channels.has(topic)) channels.set(topic, openTopic(topic))
  }

  listenTo(options.topics)
  return {
    listenTo,
    wake() {
      for (const channel of channels.values()) channel.wake()
    },
    close() {
      for (const channel of channels.values()) channel.close()
      channels.clear()
    },
  }
}
