/**
 * Gives an element the height that the on-screen keyboard leaves free. Browsers that obey `interactive-widget` do it
 * alone; Safari on phones covers the page and scrolls it instead.
 */
export function keepAboveKeyboard(element: HTMLElement): () => void {
  const viewport = window.visualViewport
  if (!viewport) return () => undefined

  function fit() {
    if (!viewport) return
    const hasKeyboard = window.innerHeight - viewport.height * viewport.scale > 100
    element.style.height = hasKeyboard ? `${String(viewport.height)}px` : ''
    element.style.top = hasKeyboard ? `${String(viewport.offsetTop)}px` : ''
  }

  viewport.addEventListener('resize', fit)
  viewport.addEventListener('scroll', fit)
  return () => {
    viewport.removeEventListener('resize', fit)
    viewport.removeEventListener('scroll', fit)
  }
}
