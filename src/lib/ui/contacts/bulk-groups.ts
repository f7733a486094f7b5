import type { ContactChoices } from '#lib/domain/contacts.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { memberChoices } from './contact-filters.ts'
import { leadChoices } from './contact-words.ts'

/** What can be done to many contacts at once. */
export interface BulkGroup {
  kind: 'owner' | 'leadStatus' | 'addLabel' | 'removeLabel'
  heading: string
  choices: { value: string; label: string }[]
}

/** The menus of the bar below a selection: each a button with one group of choices or more. */
export function groupBulkActions({
  members,
  labels,
}: Pick<ContactChoices, 'members' | 'labels'>): { name: string; groups: BulkGroup[] }[] {
  const labelChoices = labels.map(({ id, name }) => ({ value: id, label: name }))
  const nobody = { value: '', label: m.contacts_nobody() }
  return [
    {
      name: m.contacts_owner(),
      groups: [{ kind: 'owner', heading: m.contacts_owner(), choices: [...memberChoices(members), nobody] }],
    },
    {
      name: m.contacts_lead(),
      groups: [{ kind: 'leadStatus', heading: m.contacts_lead(), choices: leadChoices() }],
    },
    ...(labels.length === 0
      ? []
      : [
          {
            name: m.contacts_labels(),
            groups: [
              { kind: 'addLabel' as const, heading: m.contacts_bulk_label(), choices: labelChoices },
              { kind: 'removeLabel' as const, heading: m.contacts_bulk_unlabel(), choices: labelChoices },
            ],
          },
        ]),
  ]
}
