import type { InboxSetup, Person } from '#lib/domain/inbox.ts'
import { createContext } from 'svelte'
import {
  type ChannelSource,
  type ConversationChannel,
  type Watcher,
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
}

/** Who else looks at a conversation and who is typing a reply. Browser only, from `open` to `close`. */
export class ThreadPresence {
  #watchers = $state.raw<Watcher[]>([])
  #typing = $state.raw<{ who: Watcher; timer: ReturnType<typeof setTimeout> }[]>([])
  readonly #options: ThreadPresenceOptions
  #channel: ConversationChannel | null = null

  readonly watchers = $derived.by(() => this.#namesOf(this.#watchers))
  readonly typers = $derived.by(() => this.#namesOf(this.#typing.map(({ who }) => who)))

  constructor(options: ThreadPresenceOptions) {
    this.#options = options
  }

  open(): void {
    const { connection, conversationId, me } = this.#options
    if (connection === null) return
    this.#channel = openConversationChannel({
      connection,
      conversationId,
      me: { userId: me.id, name: me.name },
      onWatchers: (watchers) => {
        this.#watchers = watchers
        const isHere = (who: Watcher) => watchers.some(({ userId }) => userId === who.userId)
        for (const { who } of this.#typing) if (!isHere(who)) this.#forget(who)
      },
      onTyping: (who, isTyping) => {
        this.#forget(who)
        if (!isTyping) return
        const timer = setTimeout(() => {
          this.#forget(who)
        }, typingLastsMs)
        this.#typing = [...this.#typing, { who, timer }]
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
    for (const { timer } of this.#typing) clearTimeout(timer)
    this.#typing = []
    this.#watchers = []
  }

  #forget(who: Watcher): void {
    for (const { who: known, timer } of this.#typing) if (known.userId === who.userId) clearTimeout(timer)
    this.#typing = this.#typing.filter(({ who: known }) => known.userId !== who.userId)
  }

  #namesOf(watchers: readonly Watcher[]): Person[] {
    const members = this.#options.members()
    return watchers
      .filter(({ userId }) => userId !== this.#options.me.id)
      .map(({ userId, name }) => ({
        id: userId,
        name: members.find(({ id }) => id === userId)?.name ?? name,
      }))
  }
}

export const [getPresence, setPresence] = createContext<ThreadPresence>()
