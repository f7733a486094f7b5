import { fieldSources, type FieldDefinition, type FieldSource } from '../contacts.ts'
import { isEmail, readFieldValue } from '../contact-values.ts'
import { leadStatuses } from '../inbox-views.ts'
import { formatPhone, normalizeTypedPhone } from '../phone-number.ts'
import { isUuid } from '../uuid.ts'
import type { ImportMapping } from './import-columns.ts'
import { readSafeCell } from './write-csv.ts'

export const importVerdicts = ['new', 'update', 'unchanged', 'duplicate', 'invalid'] as const
export type ImportVerdict = (typeof importVerdicts)[number]

/** Why a row cannot be taken over. */
export const importReasons = [
  'nothing',
  'too_many_cells',
  'contact_id',
  'contact_unknown',
  'name_length',
  'email_invalid',
  'phone_invalid',
  'phone_shortened',
  'phone_of_another',
  'lead_status_unknown',
  'owner_unknown',
  'field_value_invalid',
] as const
export type ImportReason = (typeof importReasons)[number]

/** What a row brings. Only what is named is written; an empty cell changes nothing. */
export interface ImportChange {
  name?: string
  email?: string
  lead_status?: string
  owner_id?: string
  /** Values by the field's id, in their one spelling. */
  fields?: Record<string, string>
  /** As it stands in the file, in E.164, and what is to be thought of it. */
  phone?: string
  phone_normalized?: string
  phone_verdict?: string
}

/** A row as it is read, before anybody is looked for. */
export interface ReadRow {
  contactId: string | null
  change: ImportChange
  /** Who is meant by the owner's name: those who own now are known to be, whoever left cannot become one. */
  owners: { id: string; isMember: boolean }[]
  /** What no field takes any more, such as a choice that was taken out: right only where it stands there already. */
  doubts: { fieldId: string; text: string; column: number }[]
}

export interface InvalidRow {
  reason: ImportReason
  /** From 0; null where it is the row as a whole. */
  column: number | null
}

/** What rows are read by. */
export interface ImportContext {
  mapping: ImportMapping
  fields: readonly FieldDefinition[]
  /** ISO 3166. */
  country: string
  /** Of everybody who belongs or belonged to the workspace, by the name in small letters. */
  owners: ReadonlyMap<string, { id: string; isMember: boolean }[]>
  /** What a lead status is called, in every language, in small letters. */
  leadWords: ReadonlyMap<string, string>
}

/**
 * Reads one record of a file: what it says of a person, or why it cannot be taken over.
 *
 * @param cells as they stand in the file
 */
export function readImportRow(
  cells: readonly string[],
  { mapping, fields, country, owners, leadWords }: ImportContext,
): ReadRow | InvalidRow {
  if (cells.slice(mapping.length).some((cell) => cell.trim() !== '')) {
    return { reason: 'too_many_cells', column: mapping.length }
  }
  const row: ReadRow = { contactId: null, change: {}, owners: [], doubts: [] }
  let firstName = ''
  let lastName = ''
  let nameColumn = 0
  for (const [column, target] of mapping.entries()) {
    const text = readSafeCell(cells[column] ?? '').trim()
    if (target === null || text === '') continue
    const invalid = (reason: ImportReason): InvalidRow => ({ reason, column })
    switch (target) {
      case 'contact_id':
        if (!isUuid(text)) return invalid('contact_id')
        row.contactId = text.toLowerCase()
        break
      case 'name':
      case 'first_name':
      case 'last_name':
        nameColumn = column
        if (target === 'last_name') lastName = text
        else firstName = target === 'name' ? text : firstName || text
        break
      case 'email':
        if (!isEmail(text)) return invalid('email_invalid')
        row.change.email = text
        break
      case 'phone': {
        const phone = readPhone(text, country)
        if ('reason' in phone) return invalid(phone.reason)
        Object.assign(row.change, phone)
        break
      }
      case 'lead_status': {
        const status = leadStatuses.find((each) => each === text) ?? leadWords.get(text.toLowerCase())
        if (status === undefined) return invalid('lead_status_unknown')
        row.change.lead_status = status
        break
      }
      case 'owner':
        row.owners = owners.get(text.toLowerCase()) ?? []
        if (row.owners.length === 0) return invalid('owner_unknown')
        break
      default: {
        const definition = fields.find(({ id }) => target === `field:${id}`)
        if (definition === undefined) break
        const value = readFieldValue(definition.kind, definition.choices, text)
        if (value === undefined) row.doubts.push({ fieldId: definition.id, text, column })
        else if (value !== null) row.change.fields = { ...row.change.fields, [definition.id]: value }
      }
    }
  }
  const name = [firstName, lastName].filter((part) => part !== '').join(' ')
  if (name.length > 200) return { reason: 'name_length', column: nameColumn }
  if (name !== '') row.change.name = name
  const isSomebody = [
    row.contactId ?? undefined,
    row.change.name,
    row.change.email,
    row.change.phone_normalized,
  ]
  if (isSomebody.every((each) => each === undefined)) return { reason: 'nothing', column: null }
  return row
}

function readPhone(
  text: string,
  country: string,
): Required<Pick<ImportChange, 'phone' | 'phone_normalized' | 'phone_verdict'>> | { reason: ImportReason } {
  // What sheets make of long numbers: digits are lost for good.
  if (/^\+?\d+(?:[.,]\d+)?e\+?\d+$/i.test(text)) return { reason: 'phone_shortened' }
  const phone = text.length > 100 ? null : normalizeTypedPhone(text, country)
  if (phone === null || phone.verdict === 'invalid' || !/^\+[1-9]\d{5,14}$/.test(phone.e164)) {
    return { reason: 'phone_invalid' }
  }
  return {
    phone: formatPhone(phone.e164),
    phone_normalized: phone.e164,
    phone_verdict: phone.verdict,
  }
}

/** A value that is there, with whose word it is. */
export interface PresentValue {
  value: string | null
  source: FieldSource | null
}

/** What is known of a person at this time: as it is shown, over all contacts that were merged. */
export interface KnownContact {
  id: string
  name: PresentValue
  email: PresentValue
  leadStatus: PresentValue
  ownerId: string | null
  fields: Record<string, PresentValue>
}

/** Of what a row brings, that which differs and may be written; `kept` names what staff wrote, which stays. */
export interface RowDifference {
  change: ImportChange
  kept: string[]
}

/** The rank of an import: it overwrites WhatsApp's names, the bot and earlier imports, and never what staff wrote. */
const importRank = fieldSources.indexOf('import')

/** What a row brings where nobody is known, or why it cannot. */
export function planNewContact({ change, owners, doubts }: ReadRow): ImportChange | InvalidRow {
  const [doubt] = doubts
  if (doubt !== undefined) return { reason: 'field_value_invalid', column: doubt.column }
  if (owners.length === 0) return change
  const owner = chooseOwner(owners)
  return owner === null ? { reason: 'owner_unknown', column: null } : { ...change, owner_id: owner }
}

/**
 * Holds what a row brings against what is known. An owner is given only where there is none.
 *
 * @param isNumberKnown the row's number is this person's already: no change by itself, but where there is one it goes
 *   along, for whoever writes it to see that the number is theirs still
 */
export function compareWithKnown(
  { change, owners, doubts }: ReadRow,
  known: KnownContact,
  isNumberKnown: boolean,
): RowDifference | InvalidRow {
  const wrong = doubts.find(({ fieldId, text }) => known.fields[fieldId]?.value !== text)
  if (wrong !== undefined) return { reason: 'field_value_invalid', column: wrong.column }
  const kept: string[] = []
  const differs = (field: string, value: string | undefined, present: PresentValue | undefined): boolean => {
    if (value === undefined || value === present?.value?.trim()) return false
    const isStaffs =
      present?.source !== null && present !== undefined && fieldSources.indexOf(present.source) > importRank
    if (isStaffs) kept.push(field)
    return !isStaffs
  }
  const { name, email, lead_status, fields = {}, ...phone } = change
  const changedFields = Object.entries(fields).filter(([id, value]) =>
    differs(`field:${id}`, value, known.fields[id]),
  )
  const difference: ImportChange = {
    ...(differs('name', name, known.name) ? { name } : {}),
    ...(differs('email', email, known.email) ? { email } : {}),
    ...(differs('lead_status', lead_status, known.leadStatus) ? { lead_status } : {}),
    ...(changedFields.length > 0 ? { fields: Object.fromEntries(changedFields) } : {}),
    ...(isNumberKnown ? {} : phone),
  }
  if (owners.length > 0 && !owners.some(({ id }) => id === known.ownerId)) {
    const owner = chooseOwner(owners)
    if (owner === null) return { reason: 'owner_unknown', column: null }
    if (known.ownerId === null) difference.owner_id = owner
    else kept.push('owner')
  }
  return { change: Object.keys(difference).length > 0 ? { ...difference, ...phone } : difference, kept }
}

/** The only one of that name who belongs to the workspace now; null where nobody does, or several do. */
function chooseOwner(owners: ReadRow['owners']): string | null {
  const members = owners.filter(({ isMember }) => isMember)
  const [only] = members
  return members.length === 1 && only !== undefined ? only.id : null
}
