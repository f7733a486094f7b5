import type { SearchResults } from '#lib/domain/search-results.ts'

/** Why there is no answer: it takes too long, or it did not get through. */
export class SearchFailure extends Error {
  readonly isTooSlow: boolean

  constructor(isTooSlow: boolean) {
    super('search failed')
    this.isTooSlow = isTooSlow
  }
}

/**
 * Asks the server.
 *
 * @param before `nextBefore` of the messages above
 * @throws SearchFailure; AbortError when `signal` says that nobody waits any more
 */
export async function fetchSearch(
  workspaceSlug: string,
  text: string,
  before: string | null,
  signal: AbortSignal,
): Promise<SearchResults> {
  const query = new URLSearchParams({ q: text, ...(before === null ? {} : { before }) })
  const response = await fetch(`/w/${encodeURIComponent(workspaceSlug)}/search?${query.toString()}`, {
    signal,
    headers: { accept: 'application/json' },
  }).catch((error: unknown) => {
    throw signal.aborted ? error : new SearchFailure(false)
  })
  if (response.ok) return (await response.json()) as SearchResults
  const told = (await response.json().catch(() => null)) as { code?: string } | null
  throw new SearchFailure(told?.code === 'search_too_slow')
}
