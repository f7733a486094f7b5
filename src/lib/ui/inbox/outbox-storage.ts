import type { LocalSend } from './local-sends.ts'

/** Where sends outlive the page: what is queued there goes on after a reload. */
export interface OutboxStorage {
  /** The sends that no open page of this browser is seeing to. */
  takeOver(): Promise<LocalSend[]>
  /** All that this page still has to send. */
  keep(sends: readonly LocalSend[]): void
}

const prefix = 'my21staff.outbox'

/**
 * Keeps sends in the browser's local storage, by workspace, member and page. A page holds a lock as long as it lives, so
 * that no other page sends what it is sending; the server would take both for one, but an undone send must stay undone.
 */
export function createOutboxStorage(workspaceSlug: string, memberId: string, pageId: string): OutboxStorage {
  const mine = `${prefix}.${workspaceSlug}.${memberId}.`
  const locks = (navigator as Partial<Navigator>).locks
  void locks?.request(mine + pageId, () => new Promise(() => undefined)).catch(() => undefined)

  async function readHeld(): Promise<ReadonlySet<string>> {
    if (!locks) return new Set()
    const { held = [], pending = [] } = await locks.query()
    return new Set([...held, ...pending].map(({ name }) => name ?? ''))
  }

  return {
    async takeOver() {
      const held = await readHeld()
      const keys = Object.keys(localStorage).filter(
        (key) => key.startsWith(mine) && key !== mine + pageId && !held.has(key),
      )
      const found = keys.flatMap((key) => readSends(localStorage.getItem(key)))
      for (const key of keys) localStorage.removeItem(key)
      return found.sort((one, other) => one.startedAt.localeCompare(other.startedAt))
    },
    keep(sends) {
      try {
        if (sends.length === 0) localStorage.removeItem(mine + pageId)
        else localStorage.setItem(mine + pageId, JSON.stringify(sends))
      } catch {
        // Storage that is full or switched off: the page itself still holds them, and warns before it is left.
      }
    },
  }
}

function readSends(stored: string | null): LocalSend[] {
  try {
    const found: unknown = JSON.parse(stored ?? '[]')
    return Array.isArray(found) ? found.filter(isLocalSend) : []
  } catch {
    return []
  }
}

function isLocalSend(value: unknown): value is LocalSend {
  if (typeof value !== 'object' || value === null) return false
  const { clientReference, conversationId, order, look } = value as Partial<LocalSend>
  return (
    typeof clientReference === 'string' &&
    typeof conversationId === 'string' &&
    typeof order === 'object' &&
    typeof look === 'object'
  )
}
