import { normalizeProviderPhone } from '../../domain/phone-number.ts'
import type { Database } from '../database/database.ts'
import { findKnownPeople, listChannelsDueForComparison } from '../database/reconciled-channels.ts'
import type { ReconciledChannel } from '../database/reconciled-channels.ts'
import { recordFindings, recordListComparison, type NewFinding } from '../database/sync-findings.ts'
import { createChannelClient } from '../kapso/channel-client.ts'
import type { KapsoContact } from '../kapso/answers.ts'
import type { KapsoClient } from '../kapso/client.ts'
import { KapsoError } from '../kapso/errors.ts'
import { errorFields } from '../log.ts'
import { compareMessages } from './compare-messages.ts'
import type { ReconcileDependencies } from './reconcile-dependencies.ts'

/** The most pages of 100 that one comparison of one number reads. */
const mostPages = 200

/** How a comparison of one number ended. */
export type ComparisonOutcome = 'compared' | 'no_key' | 'too_long' | 'stopped'

/**
 * Compares the messages of a number in Kapso's list with the ledger, and writes down what is missing or behind. Nothing
 * else is written. Messages that Kapso may still be delivering are left out.
 *
 * Rejects with KapsoError when Kapso does not answer.
 */
export async function compareMessageList(
  dependencies: ReconcileDependencies,
  channel: ReconciledChannel,
  since: Date,
  until: Date,
  signal: AbortSignal,
): Promise<ComparisonOutcome> {
  const client = createChannelClient(dependencies, channel)
  if (client === null) return 'no_key'
  const settled = new Date(Date.now() - dependencies.settleSeconds * 1000)
  const end = until < settled ? until : settled
  return walkPages(dependencies, signal, async (after) => {
    const page = await client.listMessages({
      phoneNumberId: channel.phoneNumberId,
      since,
      until: end,
      signal,
      ...after,
    })
    await recordAll(dependencies, channel, (database) => compareMessages(database, channel, page.messages))
    return { after: page.after, isEmpty: page.messages.length === 0 }
  })
}

async function compareContactList(
  dependencies: ReconcileDependencies,
  channel: ReconciledChannel,
  client: KapsoClient,
  since: Date,
  signal: AbortSignal,
): Promise<ComparisonOutcome> {
  return walkPages(dependencies, signal, async (after) => {
    const page = await client.listContacts({ phoneNumberId: channel.phoneNumberId, signal, ...after })
    await recordAll(dependencies, channel, (database) =>
      compareContacts(database, channel, page.contacts, since),
    )
    return { after: page.after, isEmpty: page.contacts.length === 0 }
  })
}

/** An `after` cursor may be there on the last page too: only an empty page is the end (Kapso docs: pagination). */
async function walkPages(
  dependencies: ReconcileDependencies,
  signal: AbortSignal,
  readPage: (after: { after?: string }) => Promise<{ after: string | null; isEmpty: boolean }>,
): Promise<ComparisonOutcome> {
  const seen = new Set<string>()
  let after: string | undefined
  for (let count = 0; count < mostPages; count += 1) {
    await dependencies.pace(signal)
    if (signal.aborted) return 'stopped'
    const page = await readPage(after === undefined ? {} : { after })
    if (page.isEmpty || page.after === null || seen.has(page.after)) return 'compared'
    seen.add(page.after)
    after = page.after
  }
  return 'too_long'
}

function recordAll(
  { asSystem }: ReconcileDependencies,
  channel: ReconciledChannel,
  compare: (database: Database) => Promise<NewFinding[]>,
): Promise<number> {
  return asSystem(async (database) => recordFindings(database, channel.workspaceId, await compare(database)))
}

async function compareContacts(
  database: Database,
  channel: ReconciledChannel,
  contacts: KapsoContact[],
  since: Date,
): Promise<NewFinding[]> {
  const listed = contacts.map((contact) => ({
    phone: normalizeProviderPhone(contact.wa_id)?.e164 ?? null,
    businessScopedId: contact.business_scoped_user_id ?? null,
    name: contact.profile_name ?? null,
  }))
  const known = await findKnownPeople(database, channel, listed, since)
  return known.flatMap((person): NewFinding[] => {
    const contact = listed[person.place]
    const reason = contact === undefined ? null : findDifference(contact, person)
    return reason === null
      ? []
      : [
          {
            kind: 'stale_contact',
            subjectId: `${channel.channelId}:${person.identityId}`,
            details: { channelId: channel.channelId, identityId: person.identityId, reason },
          },
        ]
  })
}

function findDifference(
  listed: { phone: string | null; businessScopedId: string | null; name: string | null },
  known: { phone: string | null; profileName: string | null; businessScopedIds: string[] },
): 'phone' | 'business_scoped_id' | 'profile_name' | null {
  if (listed.phone !== null && listed.phone !== known.phone) return 'phone'
  if (listed.businessScopedId !== null && !known.businessScopedIds.includes(listed.businessScopedId)) {
    return 'business_scoped_id'
  }
  return listed.name !== null && listed.name !== known.profileName ? 'profile_name' : null
}

/**
 * Compares whole lists of the last days with Kapso's, at night for the numbers for which an admin has switched it on, or
 * for those that are given. One number that fails does not stop the others.
 *
 * @returns how each went, by channel
 */
export async function compareLists(
  dependencies: ReconcileDependencies,
  signal: AbortSignal,
  wanted?: { channels: ReconciledChannel[]; days: number },
): Promise<Map<string, ComparisonOutcome | 'failed'>> {
  const { asSystem, log } = dependencies
  const channels =
    wanted?.channels ?? (await asSystem((database) => listChannelsDueForComparison(database, true)))
  const outcomes = new Map<string, ComparisonOutcome | 'failed'>()
  for (const channel of channels) {
    if (signal.aborted) break
    const since = new Date(Date.now() - (wanted?.days ?? channel.compareDays) * 86_400_000)
    const { workspaceId, channelId } = channel
    let outcome: ComparisonOutcome | 'failed' = 'failed'
    try {
      outcome = await compareChannel(dependencies, channel, since, signal)
    } catch (error) {
      if (!(error instanceof KapsoError)) throw error
      log.warn({ kind: 'compare-lists', workspaceId, channelId, ...errorFields(error) }, 'no list')
    }
    outcomes.set(channelId, outcome)
    if (outcome !== 'stopped') {
      await asSystem((database) => recordListComparison(database, workspaceId, channelId, outcome))
    }
  }
  return outcomes
}

async function compareChannel(
  dependencies: ReconcileDependencies,
  channel: ReconciledChannel,
  since: Date,
  signal: AbortSignal,
): Promise<ComparisonOutcome> {
  const client = createChannelClient(dependencies, channel)
  if (client === null) return 'no_key'
  const messages = await compareMessageList(dependencies, channel, since, new Date(), signal)
  const contacts = await compareContactList(dependencies, channel, client, since, signal)
  return messages === 'compared' ? contacts : messages
}
