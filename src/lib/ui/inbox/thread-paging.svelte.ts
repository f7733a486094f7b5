import type { InboxApi } from '#lib/realtime/inbox-api.ts'
import type { ThreadState } from './thread-state.svelte.ts'

export type Loading = 'idle' | 'loading' | 'failed'

/** Loads what comes before and after the stretch of a thread that a jump led to. */
export class DetachedPaging {
  before = $state<Loading>('idle')
  after = $state<Loading>('idle')
  readonly #api: Pick<InboxApi, 'fetchMessages'>

  constructor(api: Pick<InboxApi, 'fetchMessages'>) {
    this.#api = api
  }

  async load(thread: ThreadState, side: 'before' | 'after'): Promise<void> {
    const span = thread.detached
    const at = side === 'before' ? span?.nextBefore : span?.nextAfter
    if (at === null || at === undefined || this[side] === 'loading') return
    this[side] = 'loading'
    try {
      const page = await this.#api.fetchMessages(
        thread.conversationId,
        side === 'before' ? { before: at } : { after: at },
      )
      // Left, or led elsewhere, meanwhile.
      const now = side === 'before' ? thread.detached?.nextBefore : thread.detached?.nextAfter
      if (now === at) thread.extendDetached(page, side)
      this[side] = 'idle'
    } catch {
      this[side] = 'failed'
    }
  }
}
