/** Whether the reader's keyboard has a command key. Browser only. */
export function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent)
}
