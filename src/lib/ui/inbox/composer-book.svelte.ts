import type { InboxSetup, ThreadMessage } from '#lib/domain/inbox.ts'
import { createContext } from 'svelte'
import { m } from '#lib/i18n/generated/messages.js'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import type { Toast } from '../shared/toasts.svelte.ts'
import type { ComposerApi } from './composer-api.ts'
import { KeptAttachments } from './composer-attachments-kept.ts'
import { Drafts } from './composer-drafts.ts'
import type { SendOrder } from './composer-order.ts'
import { ComposerState } from './composer-state.svelte.ts'
import type { ListDrafts } from './list-drafts.svelte.ts'
import type { LocalSend } from './local-sends.ts'
import type { OutboxStorage } from './outbox-storage.ts'
import type { Outbox } from './outbox.svelte.ts'
import type { ThreadState } from './thread-state.svelte.ts'

/** How long a sent message's order is remembered, so that taking it back puts files back too. */
const mostRemembered = 50
const resumeEveryMs = 20_000

export interface ComposerBookOptions {
  api: ComposerApi
  inbox: {
    outbox: Outbox
    thread(id: string): ThreadState
    drafts: Pick<ListDrafts, 'note'>
    setup: Pick<InboxSetup, 'preferences' | 'workspace'>
  }
  toasts: { show(toast: Omit<Toast, 'id'>): void }
  workspace: { slug: string; name: string }
  member: { id: string; name: string }
}

export interface NewMessageStart {
  contact?: { id: string; name: string; address: string | null }
  phone?: string
}

/** Everything that is being written in one workspace's inbox, over all conversations. */
export class ComposerBook {
  readonly api: ComposerApi
  readonly drafts: Drafts
  readonly #options: ComposerBookOptions
  readonly #kept: KeptAttachments
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made on demand while drawing; what they hold is reactive
  readonly #states = new Map<string, ComposerState>()
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on screen depends on it
  readonly #sent = new Map<string, LocalSend>()
  /** Asks for the dialog for a new message, to somebody or to whoever is chosen there; null while it is closed. */
  newMessage = $state.raw<NewMessageStart | null>(null)
  /** Messages that are just being taken back, by id. */
  leaving = $state.raw<readonly string[]>([])

  constructor(options: ComposerBookOptions) {
    this.#options = options
    this.api = options.api
    this.#kept = new KeptAttachments(options.workspace.slug, options.member.id)
    this.drafts = new Drafts(options.api, options.workspace.slug, options.member.id, (id, text, isSaved) => {
      options.inbox.drafts.note(id, text, isSaved)
    })
  }

  get workspace(): ComposerBookOptions['workspace'] {
    return this.#options.workspace
  }

  get memberName(): string {
    return this.#options.member.name
  }

  get timeZone(): string {
    return this.#options.inbox.setup.workspace.timeZone
  }

  of(conversationId: string): ComposerState {
    const known = this.#states.get(conversationId)
    if (known) return known
    const state = new ComposerState(conversationId, {
      api: this.api,
      kept: this.#kept,
      send: (order, look) => {
        this.send(conversationId, order, look)
      },
      onGone: (names) => {
        this.#options.toasts.show({
          tone: 'error',
          text: m.composer_files_gone({ count: names.length, names: names.join(', ') }),
        })
      },
    })
    this.#states.set(conversationId, state)
    return state
  }

  /** Starts what needs a browser: goes on with what was queued, brings drafts to the server. Returns how to stop. */
  start(storage: OutboxStorage): () => void {
    const { outbox } = this.#options.inbox
    void outbox.connect({
      storage,
      isOnline: () => navigator.onLine,
      onSent: ({ conversationId }) => {
        this.drafts.forgetSaved(conversationId)
      },
      onHeld: (send, by) => {
        this.#putBack(send)
        this.of(send.conversationId).hold(by, send.order.answeredSince ?? send.startedAt)
      },
      onTakenBack: (_send, message) => void this.#delete(message.conversationId, message.id),
      onRefused: (send) => {
        this.#putBack(send, true)
      },
    })
    this.drafts.tell()
    const resume = () => {
      outbox.resume()
      this.drafts.saveAll()
    }
    const leave = () => {
      this.drafts.saveAll(true)
      for (const composer of this.#states.values()) composer.keepFiles()
    }
    // A connection that is there again without the browser having noticed.
    const timer = setInterval(() => {
      outbox.resume()
    }, resumeEveryMs)
    // What is written in one tab stands in the other, unless something else is being written there.
    const follow = ({ key, storageArea }: StorageEvent) => {
      const news = storageArea === localStorage ? this.drafts.receive(key) : null
      if (!news) return
      const thread = this.#options.inbox.thread(news.conversationId)
      if (thread.draft !== news.before) return
      this.drafts.take(news.conversationId, news.text)
      thread.draft = news.text
    }
    addEventListener('storage', follow)
    addEventListener('online', resume)
    addEventListener('focus', resume)
    addEventListener('pagehide', leave)
    return () => {
      clearInterval(timer)
      removeEventListener('storage', follow)
      removeEventListener('online', resume)
      removeEventListener('focus', resume)
      removeEventListener('pagehide', leave)
      this.drafts.saveAll()
    }
  }

  /** Sends, with the member's time for taking it back. */
  send(conversationId: string, order: SendOrder, look: LocalSend['look']): void {
    const undoSeconds = order.sendAt ? 0 : this.#options.inbox.setup.preferences.undoSeconds
    const send = this.#options.inbox.outbox.send(conversationId, { undoSeconds, ...order }, look)
    this.#sent.set(send.clientReference, send)
    for (const reference of this.#sent.keys()) {
      if (this.#sent.size <= mostRemembered) break
      this.#sent.delete(reference)
    }
  }

  /** Takes back what has not left: its words and files are in the composer again. */
  async takeBack(message: ThreadMessage): Promise<void> {
    const { conversationId, clientReference } = message
    const local = clientReference === null ? null : this.#options.inbox.outbox.takeBack(clientReference)
    if (local) {
      this.#putBack(local)
      return
    }
    if (!(await this.#delete(conversationId, message.id))) return
    const sent = clientReference === null ? undefined : this.#sent.get(clientReference)
    if (sent) this.#putBack(sent)
    else this.#putBackMessage(message)
  }

  /** Cancels a send for later, and keeps nothing of it. */
  async cancel(message: ThreadMessage): Promise<void> {
    await this.#delete(message.conversationId, message.id)
  }

  /** Does not wait for the end of the time for taking it back. */
  async sendNow(message: ThreadMessage): Promise<void> {
    const sent = message.clientReference === null ? undefined : this.#sent.get(message.clientReference)
    const order: SendOrder | null =
      sent?.order ??
      (message.type === 'text' && message.text !== null ? { kind: 'text', text: message.text } : null)
    if (!order || !(await this.#delete(message.conversationId, message.id))) return
    const look = sent?.look ?? {
      type: message.type,
      text: message.text,
      content: message.content,
      quoted: message.quote?.original ?? null,
    }
    this.#options.inbox.outbox.send(
      message.conversationId,
      { ...order, sendAt: null, undoSeconds: 0, evenSo: true },
      look,
    )
  }

  /** Whether it can be sent at once instead of later: what it was made of is known. */
  canSendNow(message: ThreadMessage): boolean {
    return message.type === 'text' || this.#sent.has(message.clientReference ?? '')
  }

  async #delete(conversationId: string, messageId: string): Promise<boolean> {
    this.leaving = [...this.leaving, messageId]
    try {
      await this.api.deleteMessage(conversationId, messageId)
      this.#options.inbox.thread(conversationId).removeMessages([messageId])
      return true
    } catch (failure) {
      const hasLeft = failure instanceof RequestFailed && failure.code === 'left'
      this.#options.toasts.show({
        tone: 'error',
        text: hasLeft ? m.composer_has_left() : m.composer_take_back_failed(),
      })
      return false
    } finally {
      this.leaving = this.leaving.filter((id) => id !== messageId)
    }
  }

  /** @param hasWords its words are back already */
  #putBack({ conversationId, order, look, text }: LocalSend, hasWords = false): void {
    const thread = this.#options.inbox.thread(conversationId)
    const composer = this.of(conversationId)
    if (order.kind === 'template') return
    if (!hasWords && text !== '') prepend(thread, text)
    if (look.quoted)
      thread.replyTo ??= thread.messages.find(({ id }) => id === look.quoted?.messageId) ?? null
    if (order.kind === 'media') composer.attachUploaded(order.uploadId, look, order.isVoice === true)
    if (order.sendAt) composer.sendAt = order.sendAt
  }

  #putBackMessage(message: ThreadMessage): void {
    const thread = this.#options.inbox.thread(message.conversationId)
    if (message.type === 'template') return
    if (message.text) prepend(thread, message.text)
    const quotedId = message.quote?.original?.messageId
    if (quotedId) thread.replyTo ??= thread.messages.find(({ id }) => id === quotedId) ?? null
    if (message.sendAt) this.of(message.conversationId).sendAt = message.sendAt
    if (message.media) this.#options.toasts.show({ tone: 'info', text: m.composer_attach_again() })
  }
}

function prepend(thread: ThreadState, text: string): void {
  thread.draft = thread.draft ? `${text}\n${thread.draft}` : text
}

export const [getComposers, setComposers] = createContext<ComposerBook>()
