import type { replyVariables } from '#lib/domain/composer.ts'

/**
 * Places in a saved reply that are filled in when it is used: `{{contact.name}}`. Braces that name nothing known are
 * places too: whoever uses the reply fills them.
 */
const place = /\{\{\s*([\p{L}\p{N}_ .-]{1,60}?)\s*\}\}/gu

export type VariableName = (typeof replyVariables)[number]

/** What the places can be filled with; null where it is not known. */
export type VariableValues = Readonly<Record<VariableName, string | null>>

/** Fills what is known; what is not stays as `{{name}}`, to be seen and filled by hand. */
export function fillVariables(text: string, values: VariableValues): string {
  return text.replace(place, (whole, name: string) => {
    const known = name.trim().toLowerCase()
    const value = known in values ? values[known as VariableName] : null
    return value ?? whole
  })
}

/** The first place that is still to be filled, and how many there are. */
export function findOpenPlaces(text: string): { start: number; end: number; name: string }[] {
  return [...text.matchAll(place)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    name: match[1] ?? '',
  }))
}

/** How somebody is called when spoken to. Numbers stand for nobody. */
export function firstNameOf(name: string): string | null {
  const first = name.trim().split(/\s+/u)[0] ?? ''
  return /\p{L}/u.test(first) ? first : null
}
