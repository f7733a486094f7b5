import type { InboxSetup, Person } from '#lib/domain/inbox.ts'
import { createContext } from 'svelte'
import {
  type ChannelSource,
  type ConversationChannel,
  openConversationChannel,
} from '#lib/realtime/conversation-channel.ts'

/** Told every three seconds while somebody types; after twice that they have stopped, or their browser has. */
const typingLastsMs = 6_500

export interface ThreadPresenceOptions {
  conversationId: string
  me: Person
  /** Null where there is no Realtime. */
  connection: ChannelSource | null
  /** Members of the workspace: what they are called is not left to the other browsers. */
  members: () => InboxSetup['members']
  /** Somebody is heard of who is none of them, perhaps a new colleague; told once from `open` to `close`. */
  onStranger: () => void
}

/** Who else looks at a conversation and who is typing a reply. Browser only, from `open` to `close`. */
export class ThreadPresence {
  #watcherIds = $state.raw<string[]>([])
  #typing = $state.raw<{ id: string; timer: ReturnType<typeof setTimeout> }[]>([])
  readonly #options: ThreadPresenceOptions
  #channel: ConversationChannel | null = null
  #hasMetStranger = false

  readonly watchers = $derived.by(() => this.#colleaguesOf(this.#watcherIds))
  readonly typers = $derived.by(() => this.#colleaguesOf(this.#typing.map(({ id }) => id)))

  constructor(options: ThreadPresenceOptions) {
    this.#options = options
  }

  open(): void {
    const { connection, conversationId, me } = this.#options
    if (connection === null) return
    this.#channel = openConversationChannel({
      connection,
      conversationId,
      myId: me.id,
      onWatchers: (userIds) => {
        this.#watcherIds = userIds
        this.#lookForStrangers(userIds)
        for (const { id } of this.#typing) if (!userIds.includes(id)) this.#forget(id)
      },
      onTyping: (id, isTyping) => {
        this.#forget(id)
        if (!isTyping) return
        this.#lookForStrangers([id])
        const timer = setTimeout(() => {
          this.#forget(id)
        }, typingLastsMs)
        this.#typing = [...this.#typing, { id, timer }]
      },
    })
  }

  /** To be called at every key of a reply. */
  typing(): void {
    this.#channel?.typing()
  }

  /** The reply was sent, or its field emptied. */
  stopTyping(): void {
    this.#channel?.stopTyping()
  }

  close(): void {
    this.#channel?.stopTyping()
    this.#channel?.close()
    this.#channel = null
    this.#hasMetStranger = false
    for (const { timer } of this.#typing) clearTimeout(timer)
    this.#typing = []
    this.#watcherIds = []
  }

  #forget(userId: string): void {
    for (const { id, timer } of this.#typing) if (id === userId) clearTimeout(timer)
    this.#typing = this.#typing.filter(({ id }) => id !== userId)
  }

  #lookForStrangers(userIds: readonly string[]): void {
    const members = this.#options.members()
    if (this.#hasMetStranger || userIds.every((userId) => members.some(({ id }) => id === userId))) return
    this.#hasMetStranger = true
    this.#options.onStranger()
  }

  /** By the names that the server knows. An id that is no member's is nobody: a browser can tell anything. */
  #colleaguesOf(userIds: readonly string[]): Person[] {
    const members = this.#options.members()
    return userIds.flatMap((userId) => {
      const member = members.find(({ id }) => id === userId)
      return member && userId !== this.#options.me.id ? [{ id: userId, name: member.name }] : []
    })
  }
}

export const [getPresence, setPresence] = createContext<ThreadPresence>()
