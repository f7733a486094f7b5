import { blockLevels, type FieldDefinition, type TimelineEntry } from '#lib/domain/contacts.ts'
import { leadStatuses } from '#lib/domain/inbox-views.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { isolate, nameOfLead, stateOfBlock, writeValue } from './contact-words.ts'

/** What names stand behind the ids of fields and members. */
export interface FieldNaming {
  fields: readonly FieldDefinition[]
  members: readonly { id: string; name: string }[]
}

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

/** What stood in a field, as one reads it. Members may come by their id or, once they are gone, by nothing that says who. */
export function writeFieldValue(field: string, value: string, { fields, members }: FieldNaming): string {
  if (field === 'owner') return members.find(({ id }) => id === value)?.name ?? value
  if (field === 'lead_status') {
    const status = leadStatuses.find((known) => known === value)
    return status === undefined ? value : nameOfLead(status)
  }
  const definition = fields.find(({ id }) => field === `field:${id}`)
  return definition === undefined ? value : writeValue(definition.kind, value)
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
    case 'changed':
      return describeChange(details, naming)
  }
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
