/** `America/Argentina/Buenos_Aires` as people read it: `America / Argentina / Buenos Aires`. */
export function nameTimeZone(timeZone: string): string {
  return timeZone.replaceAll('_', ' ').replaceAll('/', ' / ')
}
