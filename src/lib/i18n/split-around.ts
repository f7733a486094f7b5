/** Stands where the middle goes: in no text, and nobody can type it into a form. */
const gap = '\uFFFC'

/**
 * A text in two parts, for a middle that is shown in another way than the rest.
 *
 * @param write gives the whole text with what it is handed in its middle
 * @returns what stands before and what stands after the middle
 */
export function splitAround(write: (middle: string) => string): [before: string, after: string] {
  const [before = '', after = ''] = write(gap).split(gap)
  return [before, after]
}
