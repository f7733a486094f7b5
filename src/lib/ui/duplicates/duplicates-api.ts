import type { DuplicatePage, DuplicateSearch, DuplicateState } from '#lib/domain/duplicates/queue.ts'

export interface DuplicatesApi {
  fetchPage(after: string): Promise<DuplicatePage>
  decide(pairId: string, decision: 'different' | 'undo'): Promise<DuplicateState>
  fetchSearch(): Promise<DuplicateSearch>
  /** Has all contacts looked at anew. */
  askForRun(): Promise<DuplicateSearch>
}

/** The server said no; the message is for the reader. */
export class Refused extends Error {}

/** Asks the server of one workspace. Rejects with Refused, or with anything else when it is out of reach. */
export function createDuplicatesApi(workspaceSlug: string): DuplicatesApi {
  const base = `/w/${encodeURIComponent(workspaceSlug)}/contacts/duplicates`
  async function ask<Answer>(path: string, init: RequestInit = { cache: 'no-store' }): Promise<Answer> {
    const response = await fetch(base + path, {
      ...init,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
    })
    if (response.ok && !response.redirected) return (await response.json()) as Answer
    const told = (await response.json().catch(() => null)) as { code?: string; message?: string } | null
    if (told?.code !== undefined && told.message !== undefined) throw new Refused(told.message)
    throw new Error(`answered with ${String(response.status)}`)
  }
  return {
    fetchPage: (after) => ask(`/queue?after=${encodeURIComponent(after)}`),
    decide: async (pairId, decision) => {
      const { state } = await ask<{ state: DuplicateState }>(`/${pairId}`, {
        method: 'POST',
        body: JSON.stringify({ decision }),
        // What was said holds, also where its reader leaves the page at once.
        keepalive: true,
      })
      return state
    },
    fetchSearch: () => ask('/run'),
    askForRun: () => ask('/run', { method: 'POST', body: '{}' }),
  }
}
