const askEveryMs = 3_000

/**
 * Waits for a server that does not answer, and asks it again and again; at once when the browser finds its network
 * again. A server that answers the first time was not away: nothing happens then. Browser only.
 * @param onBack called once, when it answers again
 * @returns stops waiting
 */
export function waitForServer(onBack: () => void): () => void {
  const stopping = new AbortController()
  const { signal } = stopping
  let wasAway = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(): Promise<void> {
    clearTimeout(timer)
    const isThere = await fetch('/health', { cache: 'no-store', signal }).then(
      () => true,
      () => false,
    )
    if (signal.aborted) return
    if (isThere) {
      stopping.abort()
      if (wasAway) onBack()
      return
    }
    wasAway = true
    timer = setTimeout(() => void ask(), askEveryMs)
  }

  addEventListener('online', () => void ask(), { signal })
  void ask()
  return () => {
    stopping.abort()
    clearTimeout(timer)
  }
}
