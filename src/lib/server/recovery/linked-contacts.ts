import { setImmediate } from 'node:timers/promises'
import { readStoredPhone } from '../../domain/recovery/read-stored-phone.ts'
import type { Database } from '../database/database.ts'
import {
  forgetLinks,
  listNextLinks,
  listNotedLinks,
  noteLinks,
  type ContactLink,
} from '../database/recovery-links.ts'
import { findOwnersOfNumbers, listNextSuspects } from '../database/recovery-merges.ts'
import { readDefaultCountry } from '../database/recovery-numbers.ts'

const accountsAtATime = 5000
const linksAtATime = 100
/** Reading numbers is slow; whoever else this process serves gets their turn in between. */
const accountsInATurn = 50
const leastId = '00000000-0000-0000-0000-000000000000'

interface RunOf {
  workspaceId: string
  runId: string
}

/** Contacts that belong together, with the links by which each came in. */
export interface LinkedContacts {
  /** The smallest of their links: the place in the plan. */
  key: string
  links: Map<string, Set<string>>
}

/**
 * The next contacts that belong together, behind `after`. A plan goes first along the accounts and notes by which number
 * each is linked to others, then along what was noted; nothing is looked at twice, so that a batch costs the same however
 * many contacts there are.
 *
 * @param begin what else links contacts, asked for once
 * @returns `after` for the next call; null once that was all
 */
export async function planLinked(
  database: Database,
  run: RunOf,
  after: string | null,
  begin?: () => Promise<ContactLink[]>,
): Promise<{ groups: LinkedContacts[]; after: string | null }> {
  if (after === null && begin !== undefined) await noteLinks(database, run, await begin())
  const [stage, place = ''] = (after ?? `accounts ${leastId}`).split(' ')
  if (stage === 'accounts') return { groups: [], after: await noteAccounts(database, run, place) }
  const links = await listNextLinks(database, run, place, linksAtATime)
  const last = links.at(-1) ?? place
  // A group that began further ahead came with its smallest link.
  const groups = (await findGroups(database, run, links)).filter(({ key }) => key > place && key <= last)
  if (links.length === linksAtATime) return { groups, after: `links ${last}` }
  await forgetLinks(database, run)
  return { groups, after: null }
}

/** Only who has a spelling that reads otherwise can have somebody else's number. */
async function noteAccounts(database: Database, run: RunOf, after: string): Promise<string> {
  const { workspaceId } = run
  const country = await readDefaultCountry(database, workspaceId)
  const { suspects, last } = await listNextSuspects(database, workspaceId, after, accountsAtATime)
  const links: ContactLink[] = []
  for (const [at, account] of suspects.entries()) {
    if (at % accountsInATurn === 0) await setImmediate()
    const read = readStoredPhone(account, country)
    if (read === null || read.verdict === 'invalid' || read.e164 === account.phoneNormalized) continue
    links.push({ contactId: account.contactId, link: read.e164 })
  }
  await noteLinks(database, run, links)
  return last === null ? 'links ' : `accounts ${last}`
}

/** Those in which these links are, whole, in the order of their keys. */
async function findGroups(
  database: Database,
  run: RunOf,
  asked: readonly string[],
): Promise<LinkedContacts[]> {
  const found: ContactLink[] = []
  const known = new Set(asked)
  const isNew = (name: string) => !known.has(name) && known.add(name).has(name)
  let links = [...asked]
  let contactIds: string[] = []
  // From links to whose they are, and from these to their other links, until nobody new comes.
  while (links.length + contactIds.length > 0) {
    const noted = await listNotedLinks(database, run, { links, contactIds })
    const owners = await findOwnersOfNumbers(database, run.workspaceId, links)
    const next = [...noted, ...[...owners].map(([link, contactId]) => ({ contactId, link }))]
    found.push(...next)
    links = next.map(({ link }) => link).filter(isNew)
    contactIds = next.map(({ contactId }) => contactId).filter(isNew)
  }
  return uniteLinked(found)
}

/** Contacts with a link in common belong together, and so do those of whom each has one in common with a third. */
export function uniteLinked(found: readonly ContactLink[]): LinkedContacts[] {
  const parents = new Map<string, string>()
  const find = (node: string): string => {
    let top = node
    for (let next = parents.get(top); next !== undefined && next !== top; next = parents.get(top)) top = next
    parents.set(node, top)
    return top
  }
  for (const { contactId, link } of found) parents.set(find(contactId), find(link))
  const groups = Map.groupBy(found, ({ contactId }) => find(contactId))
  return [...groups.values()]
    .map((members) => ({
      key: members.map(({ link }) => link).reduce((a, b) => (a < b ? a : b)),
      links: new Map(
        [...Map.groupBy(members, ({ contactId }) => contactId)].map(([contactId, own]) => [
          contactId,
          new Set(own.map(({ link }) => link)),
        ]),
      ),
    }))
    .filter(({ links }) => links.size > 1)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
}
