import { blockLevels, type TimelineEntry } from '#lib/domain/contacts.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { type FieldNaming, writeFieldValue } from '../shared/contact-value-words.ts'
import { isolate } from '../shared/isolate.ts'
import { stateOfBlock } from './contact-words.ts'

/** `name`, `email`, `owner`, `lead_status` or `field:<id>`, as it is called. */
export function nameOfField(field: string, { fields }: FieldNaming): string {
  const names: Partial<Record<string, () => string>> = {
    name: m.contacts_name,
    email: m.contacts_email,
    owner: m.contacts_owner,
    lead_status: m.contacts_lead,
  }
  return (
    names[field]?.() ?? fields.find(({ id }) => field === `field:${id}`)?.label ?? m.contacts_field_archived()
  )
}

/** A line of the timeline. */
export function describeEntry({ kind, details }: TimelineEntry, naming: FieldNaming): string {
  switch (kind) {
    case 'created':
      return m.contacts_event_created()
    case 'conversation_started':
      return m.contacts_event_conversation()
    case 'note_written':
      return m.contacts_event_note()
    case 'labelled':
      return m.contacts_event_labelled({ name: isolate(details['name'] ?? '') })
    case 'unlabelled':
      return m.contacts_event_unlabelled({ name: isolate(details['name'] ?? '') })
    case 'blocked': {
      const level = blockLevels.find((known) => known === details['level'])
      return level === undefined ? m.contacts_event_blocked() : stateOfBlock(level)
    }
    case 'unblocked':
      return m.contacts_event_unblocked()
    case 'opted_out':
      return m.contacts_event_opted_out()
    case 'opted_in':
      return m.contacts_event_opted_in()
    case 'merged':
      return m.contacts_event_merged({
        name: isolate(details['name'] ?? ''),
        reason: isolate(details['reason'] ?? ''),
      })
    case 'parted':
      return m.contacts_event_parted({ name: isolate(details['name'] ?? '') })
    case 'imported':
      return details['name']
        ? m.contacts_event_imported_from({ name: isolate(details['name']) })
        : m.contacts_event_imported()
    case 'import_undone':
      return m.contacts_event_import_undone({ name: isolate(details['name'] ?? '') })
    case 'changed':
      return describeChange(details, naming)
  }
}

/** Where a line leads; null where there is nothing to see. */
export function linkOfEntry(
  { kind, details }: TimelineEntry,
  { inbox, contacts }: { inbox: string; contacts: string },
): string | null {
  if (details['conversationId']) return `${inbox}/${details['conversationId']}`
  if (details['importId']) return `${contacts}/import/${details['importId']}`
  // Who was merged leads to this very page; the list of merges tells of it.
  if (kind === 'merged') return `${contacts}/merges`
  return kind === 'parted' && details['contactId'] ? `${contacts}/${details['contactId']}` : null
}

function describeChange(details: TimelineEntry['details'], naming: FieldNaming): string {
  const field = details['field'] ?? ''
  const name = isolate(nameOfField(field, naming))
  const [before, after] = [details['oldValue'], details['newValue']].map((value) =>
    value ? isolate(writeFieldValue(field, value, naming)) : null,
  )
  if (after && before) return m.contacts_event_changed({ name, before, after })
  if (after) return m.contacts_event_set({ name, after })
  return m.contacts_event_emptied({ name, before: before ?? '' })
}
