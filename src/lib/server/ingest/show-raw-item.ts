import { parseObject } from './read-delivery.ts'

/** The most that a page shows of a body. */
const mostCharacters = 200_000

/**
 * One item of a raw body, to be looked at: its JSON with indentation, or the text as it came when it is none.
 *
 * @param itemIndex place in a batched delivery; 0 in a single one
 */
export function showRawItem(body: Buffer, itemIndex: number): { text: string; isWhole: boolean } {
  const root = parseObject(body)
  const items = root?.['batch'] === true && Array.isArray(root['data']) ? (root['data'] as unknown[]) : null
  const item = items === null ? root : items[itemIndex]
  const text = (item === undefined ? undefined : format(item)) ?? body.toString('utf8')
  return { text: text.slice(0, mostCharacters), isWhole: text.length <= mostCharacters }
}

/** Nesting that JSON.parse takes may still be too deep to be written. */
function format(item: unknown): string | undefined {
  try {
    return JSON.stringify(item, null, 2)
  } catch {
    return undefined
  }
}
