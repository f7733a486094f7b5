/**
 * Tells whether somebody can be looking at the page: it is visible and has the focus. Browser only.
 * @returns how to stop
 */
export function watchAttention(onChange: (hasAttention: boolean) => void): () => void {
  const listeners = new AbortController()
  const { signal } = listeners

  function look() {
    onChange(document.visibilityState === 'visible' && document.hasFocus())
  }

  document.addEventListener('visibilitychange', look, { signal })
  window.addEventListener('focus', look, { signal })
  window.addEventListener('blur', look, { signal })
  look()
  return () => {
    listeners.abort()
  }
}
