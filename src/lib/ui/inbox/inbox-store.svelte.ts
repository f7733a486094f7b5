import type {
  ConversationPage,
  ConversationSummary,
  InboxChanges,
  InboxCounts,
  InboxSetup,
  ListFilter,
  ListSort,
  MessagePage,
  Person,
  SavedView,
  ThreadMessage,
} from '#lib/domain/inbox.ts'
import { createContext } from 'svelte'
import { m } from '#lib/i18n/generated/messages.js'
import { earlierCursor, isLaterCursor } from '#lib/realtime/cursor.ts'
import type { InboxApi, MediaOptions, SavedViewDraft } from '#lib/realtime/inbox-api.ts'
import type { LiveStatus } from '#lib/realtime/live-status.ts'
import type { RealtimeConnection } from '#lib/realtime/realtime-connection.ts'
import type { MemberPreferences } from '#lib/domain/member-preferences.ts'
import { ConversationBook, type ConversationPatch } from './conversation-book.ts'
import { type FreshParts, fetchFreshParts } from './inbox-anew.ts'
import type { ListAddress } from './list-address.ts'
import { InboxLists } from './inbox-lists.svelte.ts'
import { ListCounts } from './list-counts.svelte.ts'
import { ListDrafts } from './list-drafts.svelte.ts'
import type { ListState } from './list-state.svelte.ts'
import { withLocalActivity, withLocalSends } from './local-sends.ts'
import { previewFactsOf, previewOf, writeLine } from './message-words.ts'
import { Outbox } from './outbox.svelte.ts'
import { PreferenceKeeper } from './preference-keeper.ts'
import { ThreadCache } from './thread-cache.ts'
import type { ThreadState } from './thread-state.svelte.ts'
import { UnreadCounts } from './unread-counts.ts'

/** How many pages back a quoted message is looked for. */
const mostPagesBack = 40
/** The server is told at most this often that an open thread was read. */
const readPauseMs = 1_000

export interface AskedChanges {
  changes: InboxChanges
  /** The thread whose messages were asked for. */
  conversationId: string | null
  fresh: FreshParts
}

export interface InboxStoreOptions {
  api: InboxApi
  /** The reader. */
  me: Person
  setup: InboxSetup
  /** The page's socket; null where there is no Realtime. */
  connection: RealtimeConnection | null
  /** This moment, in milliseconds, by the server's clock as far as it is known. */
  now?: () => number
}

/** A first page of a list as the server drew it, and the moment from which changes are to be asked for. */
export interface LoadedList {
  filter: ListFilter
  sort: ListSort
  page: ConversationPage
  cursor: string
  counts: InboxCounts
}

/** The inbox of one workspace in one page: what is shown of it, and the only place that changes it. */
export class InboxStore {
  status = $state.raw<LiveStatus>({ kind: 'connecting' })
  /** Numbers, teams, labels, members, saved views and preferences. */
  setup = $state.raw<InboxSetup>() as InboxSetup
  /** Which list the address of the page names. */
  address = $state.raw<ListAddress>({ filter: { view: 'open' }, sort: 'newest', savedId: null })
  /** Read out to those who do not see a message appear. */
  announcement = $state('')
  readonly me: Person
  readonly api: InboxApi
  readonly connection: RealtimeConnection | null
  readonly outbox: Outbox
  readonly counts: ListCounts
  readonly lists: InboxLists
  readonly drafts = new ListDrafts()
  /** The list on screen, with what the reader has sent and the server has not confirmed. */
  readonly listed = $derived.by(() => {
    const { rows, sort } = this.lists.current
    return sort === 'newest' ? withLocalActivity(rows, this.outbox.sends) : rows
  })
  readonly #book = new ConversationBook()
  /** Counts the changes of the book, which is no reactive thing itself. */
  #version = $state(0)
  readonly #threads: ThreadCache
  readonly #unread = new UnreadCounts()
  readonly #preferences: PreferenceKeeper
  #openId: string | null = null
  #cursor: string | null = null
  #graceTimer: ReturnType<typeof setTimeout> | undefined

  constructor({ api, me, setup, connection, now = Date.now }: InboxStoreOptions) {
    this.api = api
    this.me = me
    this.setup = setup
    this.connection = connection
    this.#preferences = new PreferenceKeeper(me.id, (news) => api.putPreferences(news))
    this.counts = new ListCounts(() => api.fetchCounts(), me.id, now)
    this.#threads = new ThreadCache((id) => api.fetchMessages(id, 'newest'))
    this.lists = new InboxLists({
      book: this.#book,
      myId: me.id,
      fetch: (filter, sort, before) => api.fetchConversations(filter, sort, before),
      now,
      onReceived: () => {
        this.#version += 1
      },
    })
    this.outbox = new Outbox({
      api,
      now,
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

  /** The reader's own name, as the author of what is sent from here. */
  get ownName(): string {
    return this.me.name
  }

  /** How many WhatsApp numbers the workspace has. Which one it is need not be said where there is only one. */
  get channelCount(): number {
    return this.setup.channels.length
  }

  /** The list on screen. */
  get list(): ListState {
    return this.lists.current
  }

  conversation(id: string): ConversationSummary | undefined {
    void this.#version
    return this.#book.get(id)
  }

  thread(conversationId: string): ThreadState {
    return this.#threads.get(conversationId)
  }

  /**
   * Takes the first page that the server drew. A load that was overtaken by answers about changes only adds to what is
   * known.
   */
  receiveList({ filter, sort, page, cursor, counts }: LoadedList): void {
    const isNews = this.#cursor === null || isLaterCursor(cursor, this.#cursor)
    this.#place(this.#book.receive(page.conversations, isNews ? 'changes' : 'snapshot'))
    this.lists.receiveFirst(filter, sort, page)
    if (isNews) this.counts.receive(counts)
    this.#cursor ??= cursor
  }

  receiveThread(conversation: ConversationSummary, page: MessagePage, cursor: string): void {
    this.#place(this.#book.receive([conversation], 'snapshot'))
    this.outbox.settle(page.messages)
    const thread = this.thread(conversation.id)
    thread.receivePage(page, cursor)
    thread.isStale = false
  }

  /** The thread on screen; its changes are asked for together with those of the list. */
  open(conversationId: string | null): void {
    const before = this.#openId
    if (conversationId === before) return
    if (before !== null) this.thread(before).cursor = null
    this.#openId = conversationId
    this.lists.keepInSight(conversationId)
    this.#threads.forgetOld(conversationId, (id) => this.#hasSends(id))
  }

  /** Loads the newest messages of a conversation that will probably be opened next. */
  prefetch(conversationId: string): void {
    if (conversationId !== this.#openId) this.#threads.prefetch(conversationId)
  }

  /**
   * The conversation that stands so many places further down the list; null where there is none. One that has just left
   * the list counts as where it stood.
   */
  neighbour(conversationId: string, step: 1 | -1): string | null {
    const index = this.listed.findIndex(({ id }) => id === conversationId)
    if (index >= 0) return this.listed[index + step]?.id ?? null
    const place = this.lists.placeOf(conversationId)
    return place === null ? null : (this.listed[step === 1 ? place : place - 1]?.id ?? null)
  }

  /** @param heard the transactions that broadcasts told of */
  async askForChanges(heard: readonly string[]): Promise<AskedChanges> {
    const threadCursor = this.#openId === null ? null : this.thread(this.#openId).cursor
    const conversationId = threadCursor === null ? null : this.#openId
    const cursor = this.#cursor ?? '0'
    const changes = await this.api.fetchChanges(
      threadCursor === null ? cursor : earlierCursor(cursor, threadCursor),
      conversationId,
      heard,
    )
    const fresh = await fetchFreshParts(this.api, changes, this.list, conversationId)
    return { changes, conversationId, fresh }
  }

  /** @returns whether there was anything new in it */
  applyChanges({ changes, conversationId, fresh }: AskedChanges): boolean {
    if (fresh.inbox) this.#beginAnew(fresh.inbox)
    const { conversations } = this.#unread.correct(changes)
    const removed =
      fresh.thread === 'gone' && conversationId !== null
        ? [...changes.removedConversationIds, conversationId]
        : changes.removedConversationIds
    const gone = this.#book.remove([...removed, ...changes.joinedConversations.map(({ id }) => id)])
    const changed = this.#book.receive(conversations, 'changes')
    this.drafts.receive(changes.conversations.map(({ id }) => id))
    this.#place(changed, gone)
    this.#endGraceLater()
    this.#cursor = changes.cursor
    for (const id of removed) this.thread(id).isGone = true
    for (const { id } of changes.conversations) this.#threads.known(id)?.comeBack()
    for (const id of changed) this.#noteStale(id)
    for (const { id, into } of changes.joinedConversations) this.#join(id, into)
    const hasNewMessages =
      conversationId !== null && this.#applyMessages(conversationId, changes, fresh.thread)
    const hasChanged = changed.length + gone.length > 0 || fresh.inbox !== null
    if (hasChanged) this.counts.request()
    return hasNewMessages || hasChanged
  }

  /**
   * Shows at once what the reader did to a conversation: it joins and leaves lists, and the counts follow. It stands
   * until the server agrees or, later, says otherwise.
   * @returns takes it back
   */
  patchConversation(id: string, patch: ConversationPatch): () => void {
    const before = this.#book.get(id)
    const undo = this.#book.patch(id, patch)
    this.#showPatch(id, before)
    return () => {
      const patched = this.#book.get(id)
      undo()
      this.#showPatch(id, patched)
    }
  }

  /** Asks anew for numbers, teams, labels, members, saved views and topics: somebody changed the settings. */
  async refreshSetup(): Promise<void> {
    try {
      this.setup = await this.api.fetchSetup()
    } catch {
      // What is known still serves; the next reason to ask comes.
    }
  }

  /** Whether the reader has a session again. Somebody else's, on the same device, is none for this page. */
  async isSignedInAgain(): Promise<boolean> {
    try {
      const setup = await this.api.fetchSetup()
      const isMe = setup.members.some((member) => member.isMe && member.id === this.me.id)
      if (isMe) this.setup = setup
      return isMe
    } catch {
      return false
    }
  }

  /** Shows the list that an address names: as it was left, or loaded anew. */
  showList(address: ListAddress): void {
    this.address = address
    this.lists.show(address.filter, address.sort)
  }

  /** Shown at once. What the server could not be told is kept in this browser, see `preference-keeper.ts`. */
  changePreferences(news: Partial<MemberPreferences>): void {
    this.setup = { ...this.setup, preferences: { ...this.setup.preferences, ...news } }
    void this.#preferences.keep(news)
  }

  /** Takes up what could not be told the last time. Browser only. */
  resumePreferences(): void {
    const left = this.#preferences.left()
    if (left) this.changePreferences(left)
  }

  /** Rejects with `RequestFailed`. */
  async saveView(draft: SavedViewDraft): Promise<SavedView> {
    const view = await this.api.postView(draft)
    this.#setViews([...this.setup.savedViews, view])
    this.counts.request()
    return view
  }

  /** Rejects with `RequestFailed`. */
  async changeView(id: string, news: Partial<SavedViewDraft>): Promise<void> {
    const view = await this.api.patchView(id, news)
    this.#setViews(this.setup.savedViews.map((known) => (known.id === id ? view : known)))
    this.counts.request()
  }

  /** Rejects with `RequestFailed`. */
  async deleteView(id: string): Promise<void> {
    await this.api.deleteView(id)
    this.#setViews(this.setup.savedViews.filter((view) => view.id !== id))
  }

  async loadOlder(thread: ThreadState): Promise<void> {
    if (thread.nextBefore === null || thread.older === 'loading') return
    thread.older = 'loading'
    try {
      const before = thread.nextBefore
      thread.receiveOlderPage(await this.api.fetchMessages(thread.conversationId, { before }))
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
    return this.api.mediaHref(messageId, options)
  }

  /** Asks for a file that is not here once more. What becomes of it comes as a change. Tells whether it was asked. */
  async retryMedia(messageId: string): Promise<boolean> {
    try {
      await this.api.postMediaRetry(messageId)
      return true
    } catch {
      return false
    }
  }

  /** The messages of a thread, and at its end those on their way. */
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

  /**
   * Marks a thread as read at once, and puts its count back when the server does not agree. What comes within the next
   * second is told together.
   * @param isRead whether it is still being looked at
   */
  async markRead(conversationId: string, isRead: () => boolean): Promise<void> {
    const conversation = this.#book.get(conversationId)
    if (!conversation || !this.#unread.startReading(conversation)) return
    this.#setUnread(conversationId, 0)
    try {
      do {
        await this.api.postRead(conversationId)
        this.#unread.restReading(conversationId)
        // A count that was made before still holds it, and its row, which stays at zero, would ask for no other.
        this.counts.request()
        await new Promise((resolve) => setTimeout(resolve, readPauseMs))
        if (!isRead()) {
          this.#setUnread(conversationId, this.#unread.leaveReading(conversationId))
          return
        }
      } while (this.#unread.finishReading(conversationId))
    } catch {
      this.#setUnread(conversationId, this.#unread.failReading(conversationId))
    }
  }

  /** Too much has changed to be told piece by piece, or other conversations are the member's to see. */
  #beginAnew({ list, page, setup }: NonNullable<FreshParts['inbox']>): void {
    this.setup = setup
    this.#book.beginAnew(this.#openId)
    this.drafts.beginAnew()
    this.lists.beginAnew(list, page)
    for (const id of this.#threads.ids()) this.#noteStale(id)
    this.#version += 1
  }

  /** Where the server has contradicted what the reader did, it is believed a little later, also when it says no more. */
  #endGraceLater(): void {
    clearTimeout(this.#graceTimer)
    const graceMs = this.#book.graceLeft()
    if (graceMs === null) return
    this.#graceTimer = setTimeout(() => {
      const changed = this.#book.endGrace()
      this.#place(changed)
      if (changed.length > 0) this.counts.request()
      this.#endGraceLater()
    }, graceMs)
  }

  #setViews(savedViews: SavedView[]): void {
    const byName = (left: SavedView, right: SavedView) => left.name.localeCompare(right.name)
    this.setup = { ...this.setup, savedViews: savedViews.sort(byName) }
  }

  #setUnread(conversationId: string, unreadCount: number): void {
    const before = this.#book.get(conversationId)
    if (!before || before.unreadCount === unreadCount) return
    this.#book.receive([{ ...before, unreadCount }], 'changes')
    this.#showPatch(conversationId, before)
  }

  #showPatch(id: string, before: ConversationSummary | undefined): void {
    this.counts.correct(before, this.#book.get(id))
    this.#place([id])
  }

  #place(changedIds: readonly string[], goneIds: readonly string[] = []): void {
    if (changedIds.length + goneIds.length === 0) return
    this.lists.place(changedIds, goneIds)
    this.#version += 1
  }

  /** What a closed thread holds is no longer all of it. */
  #noteStale(conversationId: string): void {
    const thread = this.#threads.known(conversationId)
    if (thread && conversationId !== this.#openId) thread.isStale = true
  }

  #hasSends(conversationId: string): boolean {
    return this.outbox.sends.some((send) => send.conversationId === conversationId)
  }

  /** What was being written stays with the person. */
  #join(id: string, into: string): void {
    const thread = this.thread(id)
    thread.joinedInto = into
    const { draft } = thread
    thread.draft = ''
    const target = this.thread(into)
    if (draft !== '') target.draft = target.draft ? `${target.draft}\n${draft}` : draft
  }

  #applyMessages(conversationId: string, changes: InboxChanges, fresh: FreshParts['thread']): boolean {
    const thread = this.thread(conversationId)
    const last = thread.messages.at(-1)
    if (fresh !== null && fresh !== 'gone') thread.beginAnew(fresh)
    this.outbox.settle(changes.messages)
    const hasLost = thread.removeMessages(changes.removedMessageIds)
    const hasChanged = thread.receiveMessages(changes.messages, 'changes') || hasLost
    const hasExtras = thread.receiveExtras(changes.notes, changes.events)
    if (conversationId === this.#openId) thread.cursor = changes.cursor
    const newest = thread.messages.at(-1)
    if (newest && newest.id !== last?.id) this.#announce(newest)
    return hasChanged || hasExtras
  }

  #announce(message: ThreadMessage): void {
    if (message.direction !== 'inbound') return
    const line = writeLine(previewOf({ ...message, preview: previewFactsOf(message) })).slice(0, 200)
    const name = this.#book.get(message.conversationId)?.contactName
    this.announcement =
      name === undefined ? m.list_announce_from_customer({ line }) : m.list_announce_from_name({ name, line })
  }
}

export const [getInbox, setInbox] = createContext<InboxStore>()
