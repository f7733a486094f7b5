import { findCandidatesOf, type CandidateIndex } from '../../domain/duplicates/candidate-index.ts'
import type { DuplicateContact } from '../../domain/duplicates/contact.ts'
import { termsOf } from '../../domain/duplicates/frequencies.ts'
import { prepareContact, type PreparedContact } from '../../domain/duplicates/prepare.ts'
import { storedKeysOf, storedTermOf } from '../../domain/duplicates/stored-keys.ts'
import type { Database } from '../database/database.ts'
import {
  closeUnfound,
  findKnownDifferent,
  settleJoined,
  storeCandidates,
} from '../database/duplicate-candidates.ts'
import { findRoots, loadDuplicateContacts } from '../database/duplicate-contacts.ts'
import { countHolders, findSharers, storeKeys, type ContactKeys } from '../database/duplicate-keys.ts'
import {
  askForRun,
  countChanges,
  isImporting,
  lockWorkspace,
  takeChanges,
} from '../database/duplicate-marks.ts'

/** How many contacts one transaction takes; it holds their sharers in memory, some twenty each. */
const atOnce = 100
/** From so many waiting changes on, as after an import, a run over all contacts is quicker than asking for each. */
const bulkFrom = 2_000
const bulkAtOnce = 500
/** Of one contact, no more are written down. */
const mostPerContact = 20

interface KeyedContact {
  contact: DuplicateContact
  prepared: PreparedContact
  keys: ContactKeys
}

/**
 * Looks at the contacts of a workspace that have changed longest ago: what they are found by, and who may be the same
 * person. All of it is one transaction with taking them, so that whatever dies is done again, and nothing twice.
 *
 * @returns how many contacts it took; 0 when there is nothing to do, or another worker does it
 */
export async function findChangedDuplicates(database: Database, workspaceId: string): Promise<number> {
  const workspace = await lockWorkspace(database, workspaceId, false)
  // All of an import is looked at in one go when it is over, and takes nothing from it meanwhile.
  if (workspace === null || (await isImporting(database, workspaceId))) return 0
  const { country, isRunAhead } = workspace
  const isBulk = isRunAhead || (await countChanges(database, workspaceId, bulkFrom)) === bulkFrom
  const changedIds = await takeChanges(database, workspaceId, isBulk ? bulkAtOnce : atOnce)
  if (changedIds.length === 0) return 0

  const rootIds = await findRoots(database, workspaceId, changedIds)
  const contacts = (await loadDuplicateContacts(database, workspaceId, rootIds)).map(
    (contact): KeyedContact => {
      const prepared = prepareContact(contact, country)
      return { contact, prepared, keys: { contactId: contact.id, ...storedKeysOf(prepared) } }
    },
  )
  const roots = new Set(rootIds)
  const joinedIds = changedIds.filter((id) => !roots.has(id))
  const allKeys = contacts.map(({ keys }) => keys)
  const size = await storeKeys(database, workspaceId, allKeys, joinedIds, !isBulk)
  await settleJoined(database, workspaceId, joinedIds)
  if (isBulk) await askForRun(database, workspaceId)
  else await compareWithSharers(database, workspaceId, { country, size }, contacts)
  return changedIds.length
}

async function compareWithSharers(
  database: Database,
  workspaceId: string,
  { country, size }: { country: string; size: number },
  contacts: KeyedContact[],
): Promise<void> {
  const ids = contacts.map(({ contact }) => contact.id)
  const sharers = await findSharers(
    database,
    workspaceId,
    contacts.map(({ keys }) => keys),
  )
  const known = new Map(contacts.map(({ contact, prepared }) => [contact.id, prepared]))
  const otherIds = [...new Set([...sharers.values()].flatMap((found) => [...found]))]
  for (const other of await loadDuplicateContacts(
    database,
    workspaceId,
    otherIds.filter((id) => !known.has(id)),
  ))
    known.set(other.id, prepareContact(other, country))

  const terms = new Set([...known.values()].flatMap((prepared) => termsOf(prepared).map(storedTermOf)))
  const holders = await countHolders(database, workspaceId, [...terms])
  const index: CandidateIndex = {
    country,
    contacts: size,
    holdersOf: (term) => holders.get(storedTermOf(term)) ?? 0,
    sharersOf: ({ id }) => [...(sharers.get(id) ?? [])].flatMap((otherId) => known.get(otherId) ?? []),
  }
  const isKnownDifferent = await findKnownDifferent(database, workspaceId, ids)
  const found = contacts.map(({ contact }) =>
    findCandidatesOf(contact, index, { limit: Number.POSITIVE_INFINITY, isKnownDifferent }),
  )
  // What is left out for there being so many is not gone for that: from the other side it may be the first.
  await closeUnfound(database, workspaceId, ids, found.flat())
  await storeCandidates(
    database,
    workspaceId,
    uniquePairs(found.flatMap((all) => all.slice(0, mostPerContact))),
  )
}

/** Of two contacts that changed both, the pair is found from either side. */
function uniquePairs<Pair extends { leftId: string; rightId: string }>(pairs: Pair[]): Pair[] {
  return [...new Map(pairs.map((pair) => [pair.leftId + pair.rightId, pair])).values()]
}
