import type { ConversationSummary, InboxChanges } from '#lib/domain/inbox.ts'

interface Reading {
  /** The count before; put back when the server could not be told. */
  count: number
  /** More arrived after the server was told to mark what there was. */
  hasGrown: boolean
  /** The server knows; for a moment it is not told again, however much comes. */
  isResting: boolean
}

/**
 * Keeps a thread that is being read at zero: an answer about changes that was on its way before the server knew would
 * otherwise show the old count for a moment.
 */
export class UnreadCounts {
  readonly #reading = new Map<string, Reading>()
  /** Those for which telling failed. Not tried again before something else has succeeded. */
  readonly #failed = new Set<string>()

  /** @returns whether the server is to be told */
  startReading(conversation: ConversationSummary): boolean {
    if (conversation.unreadCount === 0 || this.#reading.has(conversation.id)) return false
    if (this.#failed.has(conversation.id)) return false
    this.#reading.set(conversation.id, {
      count: conversation.unreadCount,
      hasGrown: false,
      isResting: false,
    })
    return true
  }

  /** The server has marked what there was. */
  restReading(conversationId: string): void {
    const reading = this.#reading.get(conversationId)
    if (reading) this.#reading.set(conversationId, { ...reading, isResting: true })
  }

  /** @returns whether the server is to be told once more */
  finishReading(conversationId: string): boolean {
    const hasGrown = this.#reading.get(conversationId)?.hasGrown ?? false
    if (hasGrown) this.#reading.set(conversationId, { count: 1, hasGrown: false, isResting: false })
    else this.#reading.delete(conversationId)
    return hasGrown
  }

  /**
   * Its reader looks elsewhere by now.
   * @returns how many came since the server was told
   */
  leaveReading(conversationId: string): number {
    const reading = this.#reading.get(conversationId)
    this.#reading.delete(conversationId)
    return reading?.hasGrown ? reading.count : 0
  }

  /** @returns the count to put back */
  failReading(conversationId: string): number {
    const count = this.#reading.get(conversationId)?.count ?? 0
    this.#reading.delete(conversationId)
    this.#failed.add(conversationId)
    return count
  }

  /** The rows of an answer, without what is being read right now. */
  correct(changes: InboxChanges): Pick<InboxChanges, 'conversations'> {
    this.#failed.clear()
    if (this.#reading.size === 0) return changes
    const conversations = changes.conversations.map((conversation) => {
      const reading = this.#reading.get(conversation.id)
      if (!reading || conversation.unreadCount === 0) return conversation
      reading.hasGrown ||= reading.isResting || conversation.unreadCount > reading.count
      if (reading.isResting) reading.count = conversation.unreadCount
      return { ...conversation, unreadCount: 0 }
    })
    return { conversations }
  }
}
