/**
 * An attachment that tells when a picture or sound cannot be loaded, also when that happened before the page ran. (A
 * handler in the markup would be drawn by the server as a script in an attribute, which the content policy forbids.)
 */
export function onLoadFailure(
  tell: () => void,
): (element: HTMLImageElement | HTMLMediaElement) => () => void {
  return (element) => {
    const hasFailed =
      element instanceof HTMLImageElement
        ? element.complete && element.naturalWidth === 0 && element.loading !== 'lazy'
        : element.error !== null
    if (hasFailed) tell()
    element.addEventListener('error', tell)
    return () => {
      element.removeEventListener('error', tell)
    }
  }
}
