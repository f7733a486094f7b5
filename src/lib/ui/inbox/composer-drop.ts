export interface DropWatcher {
  /** Files hover over it, or do no more. */
  onHover: (isHovering: boolean) => void
  onDrop: (files: File[]) => void
}

/** Lets an element take files that are dropped anywhere on it. Returns how to stop. */
export function watchDrops(element: HTMLElement, { onHover, onDrop }: DropWatcher): () => void {
  // Entering a child comes before leaving its parent: what counts is how many are entered.
  let depth = 0

  function hasFiles({ dataTransfer }: DragEvent) {
    return dataTransfer?.types.includes('Files') ?? false
  }

  function enter(event: DragEvent) {
    if (!hasFiles(event)) return
    event.preventDefault()
    depth += 1
    onHover(true)
  }

  function over(event: DragEvent) {
    if (!hasFiles(event)) return
    event.preventDefault()
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
  }

  function leave(event: DragEvent) {
    if (!hasFiles(event)) return
    depth = Math.max(0, depth - 1)
    if (depth === 0) onHover(false)
  }

  function drop(event: DragEvent) {
    if (!hasFiles(event)) return
    event.preventDefault()
    depth = 0
    onHover(false)
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length > 0) onDrop(files)
  }

  element.addEventListener('dragenter', enter)
  element.addEventListener('dragover', over)
  element.addEventListener('dragleave', leave)
  element.addEventListener('drop', drop)
  return () => {
    element.removeEventListener('dragenter', enter)
    element.removeEventListener('dragover', over)
    element.removeEventListener('dragleave', leave)
    element.removeEventListener('drop', drop)
  }
}
