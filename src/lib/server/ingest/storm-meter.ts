/** Says of a workspace, at each count, whether more of its items came lately than a calm one brings. */
export type StormMeter = (workspaceId: string, items: number) => boolean

/** Priority of the jobs of a workspace that storms; others have 0, and the higher one goes first. */
export const stormPriority = -1

const windowMs = 1_000

/**
 * Counts items by workspace over windows of a second, in memory. A workspace storms from the item on that exceeds the
 * limit, and until a whole window has passed below it: the work of a storm then waits for that of calm workspaces.
 *
 * @param limit items a second that still count as calm
 */
export function createStormMeter(limit: number, now: () => number = Date.now): StormMeter {
  let counts = new Map<string, number>()
  let storming = new Set<string>()
  let windowEndsAt = 0
  return (workspaceId, items) => {
    const at = now()
    if (at >= windowEndsAt) {
      const isNextWindow = at < windowEndsAt + windowMs
      storming = new Set(
        isNextWindow ? [...counts].flatMap(([id, count]) => (count > limit ? [id] : [])) : [],
      )
      counts = new Map()
      windowEndsAt = at + windowMs
    }
    const count = (counts.get(workspaceId) ?? 0) + items
    counts.set(workspaceId, count)
    return count > limit || storming.has(workspaceId)
  }
}
