import type {
  BlockLevel,
  ContactSort,
  FieldDefinition,
  FieldKind,
  FieldSource,
} from '#lib/domain/contacts.ts'
import type { ConversationState, LeadStatus } from '#lib/domain/inbox.ts'
import { leadStatuses } from '#lib/domain/inbox-views.ts'
import { dateLocale } from '#lib/i18n/date-locale.ts'
import { m } from '#lib/i18n/generated/messages.js'
import type { ColumnId } from './column-choice.svelte.ts'

export function nameOfLead(status: LeadStatus): string {
  const names: Record<LeadStatus, () => string> = {
    new: m.list_lead_new,
    unqualified: m.list_lead_unqualified,
    qualified: m.list_lead_qualified,
    customer: m.list_lead_customer,
    archived: m.list_lead_archived,
    spam: m.list_lead_spam,
    duplicate: m.list_lead_duplicate,
  }
  return names[status]()
}

export function leadChoices(): { value: LeadStatus; label: string }[] {
  return leadStatuses.map((status) => ({ value: status, label: nameOfLead(status) }))
}

/** How a lead status is shown: the ones that ask for something have a colour. */
export function toneOfLead(status: LeadStatus): 'neutral' | 'accent' | 'blue' | 'red' {
  if (status === 'customer') return 'accent'
  if (status === 'qualified') return 'blue'
  return status === 'spam' ? 'red' : 'neutral'
}

export function nameOfBlock(level: BlockLevel): string {
  return {
    mute: m.contacts_block_mute,
    quarantine: m.contacts_block_quarantine,
    drop: m.contacts_block_drop,
  }[level]()
}

/** What happens with what they write. */
export function hintOfBlock(level: BlockLevel): string {
  return {
    mute: m.contacts_block_mute_hint,
    quarantine: m.contacts_block_quarantine_hint,
    drop: m.contacts_block_drop_hint,
  }[level]()
}

/** What a contact with a block carries. */
export function stateOfBlock(level: BlockLevel): string {
  return {
    mute: m.contacts_blocked_mute,
    quarantine: m.contacts_blocked_quarantine,
    drop: m.contacts_blocked_drop,
  }[level]()
}

export function nameOfColumn(id: ColumnId, fields: readonly FieldDefinition[]): string {
  const names: Partial<Record<ColumnId, () => string>> = {
    address: m.contacts_column_address,
    email: m.contacts_column_email,
    owner: m.contacts_column_owner,
    labels: m.contacts_column_labels,
    lead: m.contacts_column_lead,
    activity: m.contacts_column_activity,
    created: m.contacts_column_created,
  }
  return names[id]?.() ?? fields.find((field) => `field:${field.id}` === id)?.label ?? ''
}

export function nameOfSource(source: FieldSource): string {
  return {
    staff: m.contacts_source_staff,
    import: m.contacts_source_import,
    bot: m.contacts_source_bot,
    whatsapp_profile: m.contacts_source_whatsapp_profile,
  }[source]()
}

export function nameOfSort(sort: ContactSort): string {
  return {
    activity: m.contacts_sort_activity,
    newest: m.contacts_sort_newest,
    name: m.contacts_sort_name,
  }[sort]()
}

export function nameOfState(state: ConversationState): string {
  return {
    open: m.list_view_open,
    pending: m.list_view_pending,
    snoozed: m.list_view_snoozed,
    closed: m.list_view_closed,
  }[state]()
}

/** A name within a sentence: whatever its direction, it turns nothing around it (Unicode's isolates). */
export function isolate(name: string): string {
  return `${String.fromCodePoint(0x2068)}${name}${String.fromCodePoint(0x2069)}`
}

/** What `fields` of a contact hold, as one reads it: 1,234.5 and 23 Nov 2026. */
export function writeValue(kind: FieldKind, value: string): string {
  if (kind === 'number')
    return new Intl.NumberFormat(dateLocale(), { maximumFractionDigits: 20 }).format(value as `${number}`)
  if (kind !== 'date') return value
  // A day of the calendar is the same one everywhere.
  return new Intl.DateTimeFormat(dateLocale(), { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${value}T00:00:00Z`),
  )
}
