import type { FieldDefinition } from '../contacts.ts'

/** What a column of a file can hold, besides the fields that a workspace made: those are `field:<id>`. */
export const importTargets = [
  'contact_id',
  'name',
  'first_name',
  'last_name',
  'email',
  'phone',
  'lead_status',
  'owner',
] as const

export type ImportTarget = (typeof importTargets)[number] | `field:${string}`

/** What each column holds, in their order; null for what is left out. */
export type ImportMapping = (ImportTarget | null)[]

/** Of what an export writes, by the same names in every language, so that its columns stay what they are. */
export const exportColumns = [
  'contact_id',
  'name',
  'email',
  'phone',
  'other_phones',
  'whatsapp_name',
  'whatsapp_username',
  'lead_status',
  'owner',
  'created_at',
] as const

/** As headers are compared: an export's own names first, then what people and other programs call them. */
const words: Record<(typeof importTargets)[number], string[]> = {
  contact_id: ['contact id', 'id kontak'],
  name: [
    ...['name', 'full name', 'contact name', 'display name', 'customer', 'customer name', 'client name'],
    ...[
      'nama',
      'nama lengkap',
      'nama kontak',
      'nama pelanggan',
      'nama customer',
      'nama konsumen',
      'pelanggan',
    ],
  ],
  first_name: ['first name', 'given name', 'firstname', 'nama depan'],
  last_name: ['last name', 'family name', 'surname', 'lastname', 'nama belakang'],
  email: [
    ...['email', 'e mail', 'email address', 'e mail address', 'mail', 'e mail 1 value', 'email 1 value'],
    ...['surel', 'alamat email', 'alamat surel', 'pos el'],
  ],
  phone: [
    ...[
      'phone',
      'phone number',
      'mobile',
      'mobile phone',
      'mobile number',
      'cell',
      'cell phone',
      'telephone',
      'tel',
    ],
    ...['whatsapp', 'whatsapp number', 'wa', 'wa number', 'phone 1 value', 'contact number', 'number'],
    ...['telepon', 'telp', 'nomor', 'nomor telepon', 'nomor telp', 'no telepon', 'no telp', 'no tlp', 'hp'],
    ...[
      'nomor hp',
      'no hp',
      'nomor handphone',
      'no handphone',
      'handphone',
      'ponsel',
      'nomor ponsel',
      'no ponsel',
    ],
    ...['nomor whatsapp', 'no whatsapp', 'nomor wa', 'no wa', 'kontak'],
  ],
  lead_status: ['lead status', 'status', 'lead', 'status lead', 'status prospek', 'prospek'],
  owner: [
    ...['owner', 'contact owner', 'account owner', 'assigned to', 'assignee', 'sales', 'sales rep', 'agent'],
    ...['pemilik', 'penanggung jawab', 'pic', 'ditangani oleh', 'agen'],
  ],
}

/** Small letters without accents, words with one space between them. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/**
 * What the columns of a file hold, as far as their headers say: in English or Indonesian, or by the label of a field;
 * else, of numbers and e-mail addresses, as far as the rows show it. Nothing is held twice.
 *
 * @param samples the first rows, by column as the headers are
 */
export function guessMapping(
  headers: readonly string[],
  samples: readonly (readonly string[])[],
  fields: readonly FieldDefinition[],
): ImportMapping {
  const taken = new Set<ImportTarget>()
  const take = (target: ImportTarget | undefined): ImportTarget | null => {
    if (target === undefined || taken.has(target)) return null
    taken.add(target)
    return target
  }
  const mapping = headers.map((header) => take(targetOf(header, fields)))
  const takeByContent = (target: 'phone' | 'email', looksLike: RegExp): void => {
    if (taken.has(target)) return
    const column = mapping.findIndex((held, at) => held === null && holdsMostly(samples, at, looksLike))
    if (column !== -1) mapping[column] = take(target)
  }
  takeByContent('email', /^[^\s@]+@[^\s@]+\.[^\s@]+$/)
  takeByContent('phone', /^'?(?:\+|00|0|62)[\d\s().-]{7,}$/)
  return mapping
}

function targetOf(header: string, fields: readonly FieldDefinition[]): ImportTarget | undefined {
  const folded = fold(header)
  const field = /^field:(.*)$/is.exec(header.trim())?.[1]
  const byLabel = (label: string): ImportTarget | undefined => {
    const found = fields.find((each) => !each.isArchived && fold(each.label) === fold(label))
    return found === undefined ? undefined : `field:${found.id}`
  }
  if (folded === '') return undefined
  if (field !== undefined) return byLabel(field)
  return importTargets.find((target) => words[target].includes(folded)) ?? byLabel(header)
}

function holdsMostly(samples: readonly (readonly string[])[], column: number, looksLike: RegExp): boolean {
  const cells = samples.map((row) => row[column]?.trim() ?? '').filter((cell) => cell !== '')
  return cells.length > 0 && cells.filter((cell) => looksLike.test(cell)).length * 10 >= cells.length * 8
}

/** The header of a field's column in an export: its label, told from the columns that every export has. */
export function fieldHeader(label: string): string {
  const isTaken =
    importTargets.some((target) => words[target].includes(fold(label))) ||
    exportColumns.some((column) => fold(column) === fold(label)) ||
    /^field:/i.test(label)
  return isTaken ? `field: ${label}` : label
}

/** Whether this says of each column what it holds, and of none twice. */
export function isMapping(
  value: unknown,
  columns: number,
  fields: readonly FieldDefinition[],
): value is ImportMapping {
  if (!Array.isArray(value) || value.length !== columns) return false
  const held = value.filter((target) => target !== null)
  const known: unknown[] = [
    ...importTargets,
    ...fields.filter((f) => !f.isArchived).map(({ id }) => `field:${id}`),
  ]
  return new Set(held).size === held.length && held.every((target) => known.includes(target))
}
