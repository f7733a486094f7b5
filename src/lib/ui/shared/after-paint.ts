/**
 * Runs something as soon as the browser has painted what stands in the page now; in a hidden page, which paints
 * nothing, right away.
 * @returns takes it back
 */
export function afterPaint(work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  if (document.hidden) {
    timer = setTimeout(work)
    return () => {
      clearTimeout(timer)
    }
  }
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(work)
  })
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
}
