import type { ThreadMessage } from '#lib/domain/inbox.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { type InboxApi, RequestFailed } from '#lib/realtime/inbox-api.ts'
import { writeNow } from './composer-now.ts'
import { type SendLook, type SendOrder, textLook } from './composer-order.ts'
import { type LocalSend, createLocalSend, withoutArrived } from './local-sends.ts'
import type { OutboxStorage } from './outbox-storage.ts'

/** Pauses before the second and the third attempt of a send that got no answer. */
const pausesMs = [1_000, 3_000]

export interface OutboxOptions {
  api: Pick<InboxApi, 'postMessage'>
  /** This moment, in milliseconds, by the server's clock as far as it is known. */
  now?: () => number
  onConfirmed: (message: ThreadMessage) => void
  /** The server surely did not take it; the text goes back to whoever wrote it. */
  onRefused: (send: LocalSend, reason: string) => void
}

/** What joins the outbox once the page runs. */
export interface OutboxHelpers {
  storage?: OutboxStorage
  isOnline?: () => boolean
  /** The server has taken it, and with it dropped the draft that it had of the thread. */
  onSent?: (send: LocalSend) => void
  /** Somebody else answered meanwhile, so the server did not take it. Tells whether that was dealt with. */
  onHeld?: (send: LocalSend, by: string | null) => void
  /** The server has it now although it was taken back here. */
  onTakenBack?: (send: LocalSend, message: ThreadMessage) => void
  /** Refused: the helper puts back what is more than words. */
  onRefused?: (send: LocalSend) => void
}

/**
 * What was sent from this page and is not confirmed. A send keeps its client reference through all attempts, so that
 * no answer lost on the way can make two messages of it. Sends to one conversation go one after the other: they must
 * arrive in the order in which they were written.
 */
export class Outbox {
  sends = $state.raw<LocalSend[]>([])
  readonly #options: OutboxOptions
  #helpers: OutboxHelpers = {}
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that nothing on screen depends on
  readonly #lines = new Map<string, Promise<void>>()
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- the same
  readonly #takenBack = new Map<string, LocalSend>()

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Goes on with what an earlier page left, and keeps from now on what this one has. */
  async connect(helpers: OutboxHelpers): Promise<void> {
    this.#helpers = helpers
    const left = (await helpers.storage?.takeOver()) ?? []
    const restored = left.filter((send) => !this.#isWaiting(send))
    this.#set([...restored.map((send) => ({ ...send, problem: null, isQueued: false })), ...this.sends])
    for (const send of restored) this.#queue(send)
  }

  /** @param what a text, or whatever else can be sent together with how it looks until it is confirmed */
  send(conversationId: string, what: string | SendOrder, look?: SendLook): LocalSend {
    const order: SendOrder = typeof what === 'string' ? { kind: 'text', text: what } : what
    const words = order.kind === 'text' ? order.text : order.kind === 'media' ? (order.caption ?? '') : ''
    const send = createLocalSend(
      conversationId,
      order,
      look ?? textLook(words),
      this.#options.now?.() ?? Date.now(),
    )
    this.#set([...this.sends, send])
    this.#queue(send)
    return send
  }

  /** Tries a resting send again, under its own reference. */
  retry(clientReference: string): void {
    const send = this.sends.find((waiting) => waiting.clientReference === clientReference)
    if (!send || send.problem === null) return
    this.#queue(this.#update(send, { problem: null, isQueued: false }))
  }

  /** There is a connection again: goes on with what waits for one. */
  resume(): void {
    for (const { clientReference, isQueued } of this.sends) if (isQueued) this.retry(clientReference)
  }

  /**
   * Takes back what the server has not confirmed.
   * @returns what it was; null when there is no such send any more
   */
  takeBack(clientReference: string): LocalSend | null {
    const send = this.sends.find((waiting) => waiting.clientReference === clientReference)
    if (!send) return null
    if (send.wasTried) this.#takenBack.set(clientReference, send)
    this.#remove(send)
    return send
  }

  /** Forgets the sends whose messages have arrived by another way. */
  settle(messages: readonly ThreadMessage[]): void {
    for (const message of messages) this.#takeBackArrived(message)
    if (this.sends.length === 0) return
    this.#set(withoutArrived(this.sends, messages))
  }

  #queue(send: LocalSend): void {
    const before = this.#lines.get(send.conversationId) ?? Promise.resolve()
    this.#lines.set(
      send.conversationId,
      before.then(() => this.#deliver(send)),
    )
  }

  async #deliver(send: LocalSend): Promise<void> {
    for (let attempt = 0; this.#isWaiting(send); attempt += 1) {
      if (this.#helpers.isOnline?.() === false) {
        this.#update(send, { problem: m.composer_queued_offline(), isQueued: true })
        return
      }
      try {
        const message = await this.#post(send)
        if (!this.#takeBackArrived(message)) this.#options.onConfirmed(message)
        this.#remove(send)
        this.#helpers.onSent?.(send)
        return
      } catch (failure) {
        const pauseMs = pausesMs[attempt]
        const hasNoAnswer =
          !(failure instanceof RequestFailed) || failure.kind === 'unreachable' || failure.kind === 'broken'
        if (!hasNoAnswer || pauseMs === undefined) {
          this.#giveUp(send, failure)
          return
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }

  #post(send: LocalSend): Promise<ThreadMessage> {
    this.#update(send, { wasTried: true })
    const { clientReference, conversationId, order } = send
    return this.#options.api.postMessage(conversationId, {
      ...order,
      clientReference,
      askedAt: writeNow(),
    })
  }

  #takeBackArrived(message: ThreadMessage): boolean {
    const send = this.#takenBack.get(message.clientReference ?? '')
    if (!send) return false
    this.#takenBack.delete(send.clientReference)
    this.#helpers.onTakenBack?.(send, message)
    return true
  }

  #giveUp(send: LocalSend, failure: unknown): void {
    if (!this.#isWaiting(send)) return
    if (!(failure instanceof RequestFailed) || failure.kind === 'unreachable' || failure.kind === 'broken') {
      this.#update(send, { problem: m.composer_no_answer(), isQueued: true })
    } else if (failure.kind === 'signed-out') {
      this.#update(send, { problem: m.composer_signed_out(), isQueued: false })
    } else {
      this.#remove(send)
      if (failure.code === 'answered' && this.#helpers.onHeld) {
        this.#helpers.onHeld(send, readName(failure.body['by']))
        return
      }
      this.#options.onRefused(send, failure.message || m.thread_action_failed())
      this.#helpers.onRefused?.(send)
    }
  }

  #isWaiting(send: LocalSend): boolean {
    return this.sends.some((waiting) => waiting.clientReference === send.clientReference)
  }

  #remove(send: LocalSend): void {
    this.#set(this.sends.filter((waiting) => waiting.clientReference !== send.clientReference))
  }

  #update(send: LocalSend, patch: Partial<LocalSend>): LocalSend {
    const updated = { ...send, ...patch }
    this.#set(
      this.sends.map((waiting) =>
        waiting.clientReference === send.clientReference ? { ...waiting, ...patch } : waiting,
      ),
    )
    return updated
  }

  #set(sends: LocalSend[]): void {
    if (sends === this.sends) return
    this.sends = sends
    this.#helpers.storage?.keep(sends)
  }
}

function readName(person: unknown): string | null {
  if (typeof person !== 'object' || person === null || !('name' in person)) return null
  return typeof person.name === 'string' ? person.name : null
}
