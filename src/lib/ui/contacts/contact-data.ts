import type { FieldDefinition } from '#lib/domain/contacts.ts'
import type { Person } from '#lib/domain/inbox.ts'

/** What a list of contacts and its forms offer to choose from. */
export interface ContactChoices {
  members: (Person & { isMe: boolean })[]
  labels: { id: string; name: string; colour: string }[]
  channels: { id: string; name: string }[]
  /** Those that are not archived. */
  fields: FieldDefinition[]
}
