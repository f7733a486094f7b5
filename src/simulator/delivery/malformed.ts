import type { Identifiers } from '../identifiers.ts'

/** How a body can be broken or strange. The last ones are JSON still, and some of them even right. */
export const malformedForms = [
  'truncated',
  'not_json',
  'empty',
  'invalid_utf8',
  'nul',
  'lone_surrogate',
  'deep_nesting',
  'huge_text',
  'huge_number',
  'numbers_as_strings',
  'strings_as_numbers',
  'right_to_left',
  'wrong_types',
  'nulls',
] as const

export type MalformedForm = (typeof malformedForms)[number]

/** A body on its way out: text, and which bytes it stands for. */
export interface Garbled {
  body: string
  encoding?: 'latin1'
}

type Change = (value: unknown, key: string) => unknown

/** Changes every value of a JSON text that is no object and no array. Texts that are no JSON stay as they are. */
function changeLeaves(body: string, change: Change): string {
  try {
    return JSON.stringify(
      JSON.parse(body, (key, value: unknown) =>
        typeof value === 'object' && value ? value : change(value, key),
      ),
    )
  } catch {
    return body
  }
}

/** Changes what people write, and leaves ids, types and moments alone. */
function changeWords(body: string, change: (words: string) => string): string {
  const keys = new Set([
    'body',
    'caption',
    'content',
    'contact_name',
    'profile_name',
    'last_message_text',
    'title',
  ])
  return changeLeaves(body, (value, key) =>
    typeof value === 'string' && keys.has(key) ? change(value) : value,
  )
}

/** Puts a further key in front of the others. */
function addKey(body: string, key: string, text: string): string {
  return body.startsWith('{') ? `{"${key}":${text},${body.slice(1)}` : body
}

const garblers: Record<MalformedForm, (body: string) => Garbled> = {
  truncated: (body) => ({ body: body.slice(0, body.length >> 1) }),
  not_json: () => ({ body: '<html><body><h1>502 Bad Gateway</h1></body></html>' }),
  empty: () => ({ body: '' }),
  invalid_utf8: (body) => ({
    body: changeWords(body, () => '\u0001words\u0001')
      .replaceAll('\\u0001words\\u0001', 'Meja \xff\xfe\xc0\xaf\xed\xa0\x80')
      .replace(/[^\0-\xff]/g, '?'),
    encoding: 'latin1',
  }),
  // Both as escapes, as a JSON text may carry them; in jsonb they are refused.
  nul: (body) => ({ body: changeWords(body, (words) => `${words}\0 after`) }),
  lone_surrogate: (body) => ({ body: changeWords(body, (words) => `${words}\ud83d after`) }),
  deep_nesting: (body) => ({ body: addKey(body, 'nested', `${'['.repeat(20_000)}${']'.repeat(20_000)}`) }),
  huge_text: (body) => ({ body: changeWords(body, () => 'kayu jati '.repeat(6554).slice(0, 65_536)) }),
  huge_number: (body) => ({ body: addKey(body, 'number', '1e400000') }),
  numbers_as_strings: (body) => ({
    body: changeLeaves(body, (value) =>
      typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
    ),
  }),
  strings_as_numbers: (body) => ({
    body: changeLeaves(body, (value) =>
      typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ),
  }),
  right_to_left: (body) => ({
    body: changeWords(body, (words) => `\u202e${words}\u202c \u2067مرحبا\u2069 \u200f\u200b`),
  }),
  wrong_types: (body) => ({
    body: changeLeaves(body, (value, key) =>
      key === 'id' || key === 'type' ? [value, { is: 'wrong' }] : value,
    ),
  }),
  nulls: (body) => ({ body: changeLeaves(body, () => null) }),
}

/** The body in a broken form; `random` picks one by seed. */
export function garble(
  body: string,
  form: MalformedForm | 'random',
  identifiers: Identifiers,
  ...parts: unknown[]
): Garbled {
  return garblers[form === 'random' ? identifiers.pick(malformedForms, 'malformed', ...parts) : form](body)
}
