import type {
  ConversationPage,
  ConversationSummary,
  InboxChanges,
  MessagePage,
  ThreadMessage,
} from '#lib/domain/inbox.ts'
import { createContext } from 'svelte'
import { earlierCursor, isLaterCursor } from '#lib/realtime/cursor.ts'
import type { InboxApi, MediaOptions } from '#lib/realtime/inbox-api.ts'
import type { LiveStatus } from '#lib/realtime/live-status.ts'
import { listedConversations, mergeConversations } from '#lib/realtime/merge-conversations.ts'
import { withLocalActivity, withLocalSends } from './local-sends.ts'
import { previewFactsOf, previewOf, writeLine } from './message-words.ts'
import { Outbox } from './outbox.svelte.ts'
import { ThreadState } from './thread-state.svelte.ts'
import { UnreadCounts } from './unread-counts.ts'

/** How many pages back a quoted message is looked for. */
const mostPagesBack = 40

export interface AskedChanges {
  changes: InboxChanges
  /** The thread whose messages were asked for. */
  conversationId: string | null
}

/** The inbox of one workspace in one page: what is shown of it, and the only place that changes it. */
export class InboxStore {
  status = $state.raw<LiveStatus>({ kind: 'connecting' })
  unreadTotal = $state(0)
  /** How many WhatsApp numbers the workspace has. Which one it is need not be said where there is only one. */
  channelCount = $state(0)
  /** Pass for the next page of the list; null on the last. */
  nextBefore = $state<string | null>(null)
  loadingMore = $state<'idle' | 'loading' | 'failed'>('idle')
  /** Read out to those who do not see a message appear. */
  announcement = $state('')
  readonly outbox: Outbox
  #conversations = $state.raw<ConversationSummary[]>([])
  #loadedDownTo = $state<string | null>(null)
  readonly listed = $derived.by(() =>
    withLocalActivity(listedConversations(this.#conversations, this.#loadedDownTo), this.outbox.sends),
  )
  /** Nothing to list, and nothing to come from further down. */
  readonly isEmpty = $derived(this.listed.length === 0 && this.nextBefore === null)
  /** The reader's own name, as the author of what is sent from here. */
  readonly ownName: string
  readonly #api: InboxApi
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- threads are made on demand while drawing; what they hold is reactive
  readonly #threads = new Map<string, ThreadState>()
  readonly #unread = new UnreadCounts()
  #openId: string | null = null
  #cursor: string | null = null

  constructor(api: InboxApi, ownName: string) {
    this.#api = api
    this.ownName = ownName
    this.outbox = new Outbox({
      api,
      onConfirmed: (message) => {
        this.thread(message.conversationId).receiveMessages([message], 'snapshot')
      },
      onRefused: (send, reason) => {
        const thread = this.thread(send.conversationId)
        thread.draft = thread.draft ? `${send.text}\n${thread.draft}` : send.text
        thread.refusal = reason
      },
    })
  }

  conversation(id: string): ConversationSummary | undefined {
    return this.#conversations.find((conversation) => conversation.id === id)
  }

  thread(conversationId: string): ThreadState {
    const known = this.#threads.get(conversationId)
    if (known) return known
    const thread = new ThreadState(conversationId)
    this.#threads.set(conversationId, thread)
    return thread
  }

  /** Takes a loaded first page of the list. A load that was overtaken by answers about changes only adds to it. */
  receiveList(page: ConversationPage, cursor: string, unreadTotal: number): void {
    const isNews = this.#cursor === null || isLaterCursor(cursor, this.#cursor)
    this.#conversations = mergeConversations(
      this.#conversations,
      page.conversations,
      isNews ? 'changes' : 'snapshot',
    )
    if (isNews) this.unreadTotal = unreadTotal
    if (this.#cursor !== null) return
    this.#cursor = cursor
    this.#reachDownTo(page)
  }

  receiveThread(conversation: ConversationSummary, page: MessagePage, cursor: string): void {
    this.#conversations = mergeConversations(this.#conversations, [conversation], 'snapshot')
    this.outbox.settle(page.messages)
    this.thread(conversation.id).receivePage(page, cursor)
  }

  /** The thread on screen; its changes are asked for together with those of the list. */
  open(conversationId: string | null): void {
    if (conversationId === this.#openId) return
    if (this.#openId !== null) this.thread(this.#openId).cursor = null
    this.#openId = conversationId
  }

  async askForChanges(): Promise<AskedChanges> {
    const threadCursor = this.#openId === null ? null : this.thread(this.#openId).cursor
    const conversationId = threadCursor === null ? null : this.#openId
    const cursor = this.#cursor ?? '0'
    const changes = await this.#api.fetchChanges(
      threadCursor === null ? cursor : earlierCursor(cursor, threadCursor),
      conversationId,
    )
    return { changes, conversationId }
  }

  /** @returns whether there was anything new in it */
  applyChanges({ changes, conversationId }: AskedChanges): boolean {
    const before = this.#conversations
    const { conversations, unreadTotal } = this.#unread.correct(changes)
    this.#conversations = mergeConversations(before, conversations, 'changes', [
      ...changes.removedConversationIds,
      ...changes.joinedConversations.map(({ id }) => id),
    ])
    this.unreadTotal = unreadTotal
    this.#cursor = changes.cursor
    for (const id of changes.removedConversationIds) this.thread(id).isGone = true
    for (const { id } of changes.conversations) this.#threads.get(id)?.comeBack()
    for (const { id, into } of changes.joinedConversations) this.#join(id, into)
    const hasNewMessages = conversationId !== null && this.#applyMessages(conversationId, changes)
    return hasNewMessages || this.#conversations !== before
  }

  async loadMore(): Promise<void> {
    if (this.nextBefore === null || this.loadingMore === 'loading') return
    this.loadingMore = 'loading'
    try {
      const page = await this.#api.fetchConversations(this.nextBefore)
      this.#conversations = mergeConversations(this.#conversations, page.conversations, 'snapshot')
      this.#reachDownTo(page)
      this.loadingMore = 'idle'
    } catch {
      this.loadingMore = 'failed'
    }
  }

  async loadOlder(thread: ThreadState): Promise<void> {
    if (thread.nextBefore === null || thread.older === 'loading') return
    thread.older = 'loading'
    try {
      thread.receiveOlderPage(await this.#api.fetchOlderMessages(thread.conversationId, thread.nextBefore))
      thread.older = 'idle'
    } catch {
      thread.older = 'failed'
    }
  }

  /**
   * Looks for a message further and further back until it is here.
   * @param occurredAt its moment, so that the search ends
   * @returns whether it is here now
   */
  async findMessage(thread: ThreadState, messageId: string, occurredAt: string): Promise<boolean> {
    const isHere = () => thread.messages.some(({ id }) => id === messageId)
    for (let page = 0; page < mostPagesBack && !isHere(); page += 1) {
      const oldest = thread.messages[0]
      if (thread.nextBefore === null || (oldest && oldest.occurredAt < occurredAt)) break
      if (thread.older === 'failed') thread.older = 'idle'
      await this.loadOlder(thread)
      if (thread.older !== 'idle') break
    }
    return isHere()
  }

  /** Where the browser gets a message's file. */
  mediaHref(messageId: string, options?: MediaOptions): string {
    return this.#api.mediaHref(messageId, options)
  }

  /** Asks for a file that is not here once more. What becomes of it comes as a change. Tells whether it was asked. */
  async retryMedia(messageId: string): Promise<boolean> {
    try {
      await this.#api.postMediaRetry(messageId)
      return true
    } catch {
      return false
    }
  }

  /** What a thread shows: its messages, and at its end those on their way. */
  shownMessages(thread: ThreadState): ThreadMessage[] {
    const sends = this.outbox.sends.filter((send) => send.conversationId === thread.conversationId)
    return withLocalSends(thread.messages, sends, this.ownName)
  }

  send(thread: ThreadState): void {
    const text = thread.draft.trim()
    if (text === '') return
    thread.draft = ''
    thread.refusal = null
    this.outbox.send(thread.conversationId, text)
  }

  /** Marks a thread as read at once, and puts its count back when the server does not agree. */
  async markRead(conversationId: string): Promise<void> {
    const conversation = this.conversation(conversationId)
    if (!conversation || !this.#unread.startReading(conversation)) return
    this.#setUnread(conversationId, 0)
    try {
      do await this.#api.postRead(conversationId)
      while (this.#unread.finishReading(conversationId))
    } catch {
      this.#setUnread(conversationId, this.#unread.failReading(conversationId))
    }
  }

  #setUnread(conversationId: string, unreadCount: number): void {
    const conversation = this.conversation(conversationId)
    if (!conversation) return
    this.unreadTotal = Math.max(0, this.unreadTotal + unreadCount - conversation.unreadCount)
    this.#conversations = mergeConversations(
      this.#conversations,
      [{ ...conversation, unreadCount }],
      'changes',
    )
  }

  /** A thread that turned out to be part of another: what was being written goes on there. */
  #join(id: string, into: string): void {
    const thread = this.thread(id)
    thread.joinedInto = into
    const { draft } = thread
    thread.draft = ''
    const target = this.thread(into)
    if (draft !== '') target.draft = target.draft ? `${target.draft}\n${draft}` : draft
  }

  #applyMessages(conversationId: string, changes: InboxChanges): boolean {
    const thread = this.thread(conversationId)
    const last = thread.messages.at(-1)
    this.outbox.settle(changes.messages)
    const hasLost = thread.removeMessages(changes.removedMessageIds)
    const hasChanged = thread.receiveMessages(changes.messages, 'changes') || hasLost
    if (conversationId === this.#openId) thread.cursor = changes.cursor
    if (changes.mustReloadMessages) thread.mustReload = true
    const newest = thread.messages.at(-1)
    if (newest && newest.id !== last?.id) this.#announce(newest)
    return hasChanged
  }

  #announce(message: ThreadMessage): void {
    if (message.direction !== 'inbound') return
    const name = this.conversation(message.conversationId)?.contactName ?? 'the customer'
    const line = writeLine(previewOf({ ...message, preview: previewFactsOf(message) }))
    this.announcement = `New message from ${name}: ${line.slice(0, 200)}`
  }

  #reachDownTo(page: ConversationPage): void {
    this.nextBefore = page.nextBefore
    this.#loadedDownTo = page.nextBefore === null ? null : (page.conversations.at(-1)?.lastActivityAt ?? null)
  }
}

export const [getInbox, setInbox] = createContext<InboxStore>()
