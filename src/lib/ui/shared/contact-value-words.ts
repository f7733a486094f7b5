import { dateLocale } from '#lib/i18n/date-locale.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { leadWords } from '#lib/i18n/lead-words.ts'

const sources = {
  staff: m.contacts_source_staff,
  import: m.contacts_source_import,
  bot: m.contacts_source_bot,
  whatsapp_profile: m.contacts_source_whatsapp_profile,
}

/** Whose word a value of a contact is. */
export function nameOfSource(source: keyof typeof sources): string {
  return sources[source]()
}

const blocks = {
  mute: m.contacts_block_mute,
  quarantine: m.contacts_block_quarantine,
  drop: m.contacts_block_drop,
}

export function nameOfBlock(level: keyof typeof blocks): string {
  return blocks[level]()
}

type FieldKind = 'text' | 'number' | 'date' | 'choice'

/** What names stand behind the ids of custom fields and members. */
export interface FieldNaming {
  fields: readonly { id: string; label: string; kind: FieldKind }[]
  members: readonly { id: string; name: string }[]
}

/**
 * What stood in a field, as one reads it. Members may come by their id or, once they are gone, by nothing that says who.
 *
 * @param field `name`, `email`, `owner`, `lead_status` or `field:<id>`
 */
export function writeFieldValue(field: string, value: string, { fields, members }: FieldNaming): string {
  if (field === 'owner') return members.find(({ id }) => id === value)?.name ?? value
  if (field === 'lead_status')
    return Object.entries(leadWords).find(([status]) => status === value)?.[1]() ?? value
  const definition = fields.find(({ id }) => field === `field:${id}`)
  return definition === undefined ? value : writeValue(definition.kind, value)
}

/** What a custom field holds, as one reads it: 1,234.5 and 23 Nov 2026. */
export function writeValue(kind: FieldKind, value: string): string {
  if (kind === 'number')
    return new Intl.NumberFormat(dateLocale(), { maximumFractionDigits: 20 }).format(value as `${number}`)
  if (kind !== 'date') return value
  // A day of the calendar is the same one everywhere.
  return new Intl.DateTimeFormat(dateLocale(), { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${value}T00:00:00Z`),
  )
}
