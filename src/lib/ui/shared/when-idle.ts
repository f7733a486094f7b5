/**
 * Runs something as soon as the browser has nothing better to do, and in any case soon.
 * @returns takes it back
 */
export function whenIdle(work: () => void, timeoutMs = 200): () => void {
  // Safari knows no idle callbacks.
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(work)
    return () => {
      clearTimeout(timer)
    }
  }
  const handle = requestIdleCallback(work, { timeout: timeoutMs })
  return () => {
    cancelIdleCallback(handle)
  }
}
