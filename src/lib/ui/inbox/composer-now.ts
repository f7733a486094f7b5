/** This moment by the browser's clock, as the server reads it. */
export function writeNow(): string {
  return new Date().toISOString()
}
