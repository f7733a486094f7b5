import type { ConversationSummary } from '#lib/domain/inbox.ts'
import { SvelteMap } from 'svelte/reactivity'

/**
 * What a reader's drafts begin with, for the rows of the list. The server tells it with each row, but is told of it a
 * little later than it is typed, and tells nobody that it changed: what is written in this browser goes before.
 */
export class ListDrafts {
  readonly #here = new SvelteMap<string, { text: string; isSaved: boolean }>()

  /** @param isSaved the server has it as it is */
  note(conversationId: string, text: string, isSaved: boolean): void {
    this.#here.set(conversationId, { text, isSaved })
  }

  /** The server has told of these rows: it knows what was saved, and what became of it since. */
  receive(conversationIds: Iterable<string>): void {
    for (const id of conversationIds) if (this.#here.get(id)?.isSaved) this.#here.delete(id)
  }

  /** Every row is asked for anew. */
  beginAnew(): void {
    this.receive([...this.#here.keys()])
  }

  /** Null where nothing is being written. */
  of({ id, draft }: Pick<ConversationSummary, 'id' | 'draft'>): string | null {
    const text = (this.#here.get(id)?.text ?? draft ?? '').trim()
    return text === '' ? null : text
  }
}
