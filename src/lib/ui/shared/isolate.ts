/** A name within a sentence: whatever its direction, it turns nothing around it (Unicode's isolates). */
export function isolate(name: string): string {
  return `${String.fromCodePoint(0x2068)}${name}${String.fromCodePoint(0x2069)}`
}
