import { wakeConversations } from '../database/conversation-states.ts'
import type { AsSystem } from '../database/database.ts'

/** At most this many in one transaction. */
const atOnce = 500

/**
 * Wakes snoozed conversations whose time has come. What is due stands in the rows alone, so that neither a restart nor a
 * worker that dies loses it, and any number of workers may do it at once.
 *
 * @returns how many
 */
export async function wakeSnoozed(asSystem: AsSystem, signal?: AbortSignal): Promise<number> {
  let total = 0
  for (;;) {
    const woken = await asSystem((database) => wakeConversations(database, atOnce))
    total += woken
    if (woken < atOnce || signal?.aborted) return total
  }
}
