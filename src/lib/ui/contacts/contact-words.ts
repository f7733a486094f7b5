import type { BlockLevel, ContactSort, FieldDefinition } from '#lib/domain/contacts.ts'
import type { ConversationState, LeadStatus } from '#lib/domain/inbox.ts'
import { leadStatuses } from '#lib/domain/inbox-views.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { leadWords } from '#lib/i18n/lead-words.ts'
import type { ColumnId } from './column-choice.svelte.ts'

export function nameOfLead(status: LeadStatus): string {
  return leadWords[status]()
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
