import { tick } from 'svelte'
import { RequestFailed, type InboxApi } from '#lib/realtime/inbox-api.ts'
import type { ThreadState } from './thread-state.svelte.ts'

const markedMs = 2_500
const toldMs = 4_000

/** Leads to a message of a thread, loading what is around it where it is not here. */
export class ThreadJump {
  /** The message that was led to, for a moment. */
  foundId = $state<string | null>(null)
  state = $state<'idle' | 'searching' | 'not-found'>('idle')
  readonly #api: Pick<InboxApi, 'fetchMessages'>
  readonly #placeOf: (messageId: string) => HTMLElement | null
  readonly #openAt: (conversationId: string, messageId: string) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #latest = ''

  /**
   * @param placeOf where a message stands on the page; null where it does not
   * @param openAt leads to a message that another conversation shows, as a part does what was split off
   */
  constructor(
    api: Pick<InboxApi, 'fetchMessages'>,
    placeOf: (messageId: string) => HTMLElement | null,
    openAt: (conversationId: string, messageId: string) => void,
  ) {
    this.#api = api
    this.#placeOf = placeOf
    this.#openAt = openAt
  }

  async to(thread: ThreadState, messageId: string): Promise<void> {
    this.#latest = messageId
    clearTimeout(this.#timer)
    this.foundId = null
    this.state = 'searching'
    const elsewhere = await this.#bring(thread, messageId)
    await tick()
    if (this.#latest !== messageId) return
    if (elsewhere !== null) {
      this.state = 'idle'
      this.#openAt(elsewhere, messageId)
      return
    }
    const place = this.#placeOf(messageId)
    this.state = place === null ? 'not-found' : 'idle'
    if (place !== null) {
      place.scrollIntoView({ block: 'center' })
      place.focus({ preventScroll: true })
      this.foundId = messageId
    }
    this.#timer = setTimeout(
      () => {
        this.foundId = null
        this.state = 'idle'
      },
      place === null ? toldMs : markedMs,
    )
  }

  stop(): void {
    this.#latest = ''
    clearTimeout(this.#timer)
  }

  /** Which other conversation shows it; null for none. */
  async #bring(thread: ThreadState, messageId: string): Promise<string | null> {
    const isIn = (rows: readonly { id: string }[]) => rows.some(({ id }) => id === messageId)
    if (thread.detached && isIn(thread.detached.messages)) return null
    if (isIn(thread.messages)) {
      thread.attach()
      return null
    }
    try {
      const page = await this.#api.fetchMessages(thread.conversationId, { around: messageId })
      if (isIn(page.messages) && this.#latest === messageId) thread.receivePageAround(page)
    } catch (failure) {
      const into = failure instanceof RequestFailed ? failure.body['into'] : undefined
      if (typeof into === 'string' && into !== thread.conversationId) return into
      // It is not on the page then, which is what the reader is told.
    }
    return null
  }
}
