import type { ThreadMessage } from '#lib/domain/inbox.ts'
import { type InboxApi, RequestFailed } from '#lib/realtime/inbox-api.ts'
import { type LocalSend, createLocalSend, withoutArrived } from './local-sends.ts'

/** Pauses before the second and the third attempt of a send that got no answer. */
const pausesMs = [1_000, 3_000]

export interface OutboxOptions {
  api: Pick<InboxApi, 'postMessage'>
  onConfirmed: (message: ThreadMessage) => void
  /** The server surely did not take it; the text goes back to whoever wrote it. */
  onRefused: (send: LocalSend, reason: string) => void
}

/**
 * What was sent from this page and is not confirmed. A send keeps its client reference through all attempts, so that
 * no answer lost on the way can make two messages of it. Sends to one conversation go one after the other: they must
 * arrive in the order in which they were written.
 */
export class Outbox {
  sends = $state.raw<LocalSend[]>([])
  readonly #options: OutboxOptions
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that nothing on screen depends on
  readonly #lines = new Map<string, Promise<void>>()

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  send(conversationId: string, text: string): void {
    const send = createLocalSend(conversationId, text)
    this.sends = [...this.sends, send]
    this.#queue(send)
  }

  /** Tries a resting send again, under its own reference. */
  retry(clientReference: string): void {
    const send = this.sends.find((waiting) => waiting.clientReference === clientReference)
    if (!send || send.problem === null) return
    this.#queue(this.#update(send, null))
  }

  /** Forgets the sends whose messages have arrived by another way. */
  settle(messages: readonly ThreadMessage[]): void {
    if (this.sends.length === 0) return
    this.sends = withoutArrived(this.sends, messages)
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
      try {
        const message = await this.#options.api.postMessage(
          send.conversationId,
          send.clientReference,
          send.text,
        )
        this.#options.onConfirmed(message)
        this.#remove(send)
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

  #giveUp(send: LocalSend, failure: unknown): void {
    if (!this.#isWaiting(send)) return
    if (failure instanceof RequestFailed && failure.kind === 'refused') {
      this.#remove(send)
      this.#options.onRefused(send, failure.message)
    } else if (failure instanceof RequestFailed && failure.kind === 'signed-out') {
      this.#update(send, 'You are signed out. Sign in in another tab, then try again here.')
    } else {
      this.#update(send, 'No answer from the server. Trying again never sends it twice.')
    }
  }

  #isWaiting(send: LocalSend): boolean {
    return this.sends.some((waiting) => waiting.clientReference === send.clientReference)
  }

  #remove(send: LocalSend): void {
    this.sends = this.sends.filter((waiting) => waiting.clientReference !== send.clientReference)
  }

  #update(send: LocalSend, problem: string | null): LocalSend {
    const updated = { ...send, problem }
    this.sends = this.sends.map((waiting) =>
      waiting.clientReference === send.clientReference ? updated : waiting,
    )
    return updated
  }
}
