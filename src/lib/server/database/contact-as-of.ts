import type { ContactAsOf, PartAsOf } from '../../domain/contact-as-of.ts'
import { listAccountsAsOf, readConversationsAsOf } from './contact-as-of-accounts.ts'
import { findPartsAsOf, type PersonAsOf } from './contact-as-of-person.ts'
import { listOptOutsAsOf, listOwnLabelsAsOf, readBlockAsOf, readValuesAsOf } from './contact-as-of-values.ts'
import type { Database } from './database.ts'

/**
 * What was known of a contact at a moment, as far as it is written down: also of one that is merged today, and of the
 * person that one showed then which has gone its own way since. Only what the reader sees today.
 *
 * @returns undefined for a contact that is not there, or not to see
 */
export async function findContactAsOf(
  database: Database,
  workspaceId: string,
  contactId: string,
  at: Date,
): Promise<ContactAsOf | undefined> {
  const parts = await findPartsAsOf(database, workspaceId, contactId, at)
  const [asked] = parts.filter(({ id }) => id === contactId.toLowerCase())
  if (asked === undefined) return undefined
  const nothing = { contactId: asked.id, knownSince: asked.known_since.toISOString(), root: null, parts: [] }
  if (asked.known_since > at)
    return { ...nothing, values: [], accounts: [], labelIds: [], block: null, optOuts: [], conversations: [] }
  const root = parts.find(({ is_root: isRoot }) => isRoot) ?? asked
  const of: PersonAsOf = { workspaceId, rootId: root.id, partIds: parts.map(({ id }) => id), at }
  const values = await readValuesAsOf(database, of)
  const accounts = await listAccountsAsOf(database, of)
  const { conversations, labelIds } = await readConversationsAsOf(
    database,
    of,
    accounts.flatMap(({ ids }) => ids),
  )
  const name = values.find(({ field }) => field === 'name')?.value
  return {
    ...nothing,
    root: { id: root.id, name: name ?? root.named.name },
    parts: parts.map((part): PartAsOf => ({
      ...part.named,
      joinedAt: part.joined_at?.toISOString() ?? null,
      isApartNow: part.root_now !== root.root_now,
    })),
    values,
    accounts,
    block: await readBlockAsOf(database, of),
    optOuts: await listOptOutsAsOf(database, of),
    conversations,
    labelIds: [...new Set([...labelIds, ...(await listOwnLabelsAsOf(database, of))])],
  }
}
