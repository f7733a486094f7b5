import type { DuplicatePage, DuplicateSearch, DuplicateState } from '#lib/domain/duplicates/queue.ts'
import { readAnswer } from '../shared/read-answer.ts'

export interface DuplicatesApi {
  fetchPage(after: string): Promise<DuplicatePage>
  decide(pairId: string, decision: 'different' | 'undo'): Promise<DuplicateState>
  fetchSearch(): Promise<DuplicateSearch>
  /** Has all contacts looked at anew. */
  askForRun(): Promise<DuplicateSearch>
}

/** Asks the server of one workspace. Rejects with Refused, or with anything else when it is out of reach. */
export function createDuplicatesApi(workspaceSlug: string): DuplicatesApi {
  const base = `/w/${encodeURIComponent(workspaceSlug)}/contacts/duplicates`
  async function ask<Answer>(path: string, init: RequestInit = { cache: 'no-store' }): Promise<Answer> {
    const response = await fetch(base + path, {
      ...init,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
    })
    return (await readAnswer(response)) as Answer
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
