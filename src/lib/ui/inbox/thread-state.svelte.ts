import type { MessagePage, ThreadMessage } from '#lib/domain/inbox.ts'
import { mergeMessages } from '#lib/realtime/merge-messages.ts'

/** One thread as far as this page knows it. It outlives its being open, so that it is there at once the next time. */
export class ThreadState {
  readonly conversationId: string
  messages = $state.raw<ThreadMessage[]>([])
  /** Null when the beginning is reached. */
  nextBefore = $state<string | null>(null)
  /** Whether anything was loaded yet; until then a skeleton stands in its place. */
  isLoaded = $state(false)
  older = $state<'idle' | 'loading' | 'failed'>('idle')
  draft = $state('')
  /** Why the last text was refused, until the next one is written. */
  refusal = $state<string | null>(null)
  /** Asked for when the conversation left the member's sight. */
  isGone = $state(false)
  /** Set when what is loaded no longer is the thread: it is to be loaded anew. */
  mustReload = $state(false)
  /** The conversation that shows its messages from now on; null while that is this one. */
  joinedInto = $state<string | null>(null)
  /** From here on its changes are known; null while it is not open, or not loaded. */
  cursor: string | null = null

  constructor(conversationId: string) {
    this.conversationId = conversationId
  }

  /**
   * Takes a freshly loaded newest page. An open thread has missed nothing since it was loaded, so the page only adds
   * to it. One that was closed meanwhile starts again from the page: what lies before it may have changed.
   */
  receivePage(page: MessagePage, cursor: string): void {
    if (this.cursor === null || this.mustReload) {
      this.messages = page.messages
      this.nextBefore = page.nextBefore
      this.cursor = cursor
    } else {
      this.messages = mergeMessages(this.messages, page.messages, 'snapshot')
    }
    this.isLoaded = true
    this.isGone = false
    this.mustReload = false
    this.joinedInto = null
  }

  /** It stands for itself again, and is the member's to see. */
  comeBack(): void {
    this.joinedInto = null
    this.isGone = false
  }

  receiveOlderPage(page: MessagePage): void {
    this.messages = mergeMessages(this.messages, page.messages, 'snapshot')
    this.nextBefore = page.nextBefore
  }

  receiveMessages(messages: ThreadMessage[], source: 'changes' | 'snapshot'): boolean {
    const before = this.messages
    this.messages = mergeMessages(before, messages, source)
    return this.messages !== before
  }

  /** Takes out what is no more. Tells whether any of it was there. */
  removeMessages(ids: readonly string[]): boolean {
    const left = this.messages.filter((message) => !ids.includes(message.id))
    if (left.length === this.messages.length) return false
    this.messages = left
    return true
  }
}
