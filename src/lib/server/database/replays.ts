import { sql } from 'kysely'
import { normalizeTypedPhone } from '../../domain/phone-number.ts'
import {
  mostReplayedEvents,
  type ReplayFailure,
  type ReplayReport,
  type ReplaySelection,
  type ReplayState,
  type ReplayableEvent,
} from '../../domain/replay.ts'
import { hashToKey } from '../kapso/event-identity.ts'
import type { Database } from './database.ts'
import type { LedgerRow } from './ledger.ts'
import { retracted } from './retract-events.ts'
import type { WebhookEventStatus } from './schema.d.ts'

/** What a selection finds in the ledger. */
export interface ReplayCandidates {
  selected: number
  /** Those that can be replayed, oldest first. */
  events: ReplayableEvent[]
  /** Not applied for the first time yet. */
  pending: number
  /** What the door itself could not read. */
  unreadable: number
}

/** A ledger row with how it stands. */
export type StoredEvent = LedgerRow & { status: WebhookEventStatus; reason: string | null }

/** A selection means more events than one replay may have. */
export class TooManyEvents extends Error {
  override name = 'TooManyEvents'
}

/**
 * Finds the ledger rows that a selection means. What a recovery run took back stays away while the run stands.
 *
 * @throws TooManyEvents
 */
export async function findReplayCandidates(
  database: Database,
  workspaceId: string,
  selection: ReplaySelection,
): Promise<ReplayCandidates> {
  const condition = await conditionOf(database, workspaceId, selection)
  const { rows } = await sql<{ id: number; subject_key: string; is_pending: boolean; is_unread: boolean }>`
    select e.id, e.subject_key::text, e.status = 'pending' as is_pending, e.event_id like 'unread#%' as is_unread
    from public.webhook_events e
    where e.workspace_id = ${workspaceId} and ${condition} and e.reason is distinct from ${retracted}
    order by e.id
    limit ${mostReplayedEvents + 1}
  `.execute(database)
  if (rows.length > mostReplayedEvents) throw new TooManyEvents('choose a shorter span')
  return {
    selected: rows.length,
    events: rows
      .filter((row) => !row.is_pending && !row.is_unread)
      .map((row) => ({ id: row.id, subjectKey: row.subject_key })),
    pending: rows.filter((row) => row.is_pending).length,
    unreadable: rows.filter((row) => row.is_unread).length,
  }
}

async function conditionOf(database: Database, workspaceId: string, selection: ReplaySelection) {
  if ('eventIds' in selection) return sql`e.id = any(${selection.eventIds}::bigint[])`
  if ('from' in selection) {
    return sql`e.received_at >= ${selection.from}::timestamptz and e.received_at < ${selection.to}::timestamptz`
  }
  return conditionOfContact(database, workspaceId, selection.contactId)
}

/**
 * A contact's events are found in two ways, for the ledger holds no names and numbers: by the sender's hash, made again
 * of every number, business-scoped id and session that any of its accounts has or had; and by the hash of the ids of the
 * messages in its threads. A number that changed hands finds its other owner's events too, and replaying those changes
 * nothing.
 */
async function conditionOfContact(database: Database, workspaceId: string, contactId: string) {
  const { rows } = await sql<{ sender: string }>`
    with identity as (
      select i.id, i.phone_normalized from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.contact_id in (
        select c.id from public.contacts c
        where c.workspace_id = ${workspaceId} and c.root_id = (
          select asked.root_id from public.contacts asked
          where asked.workspace_id = ${workspaceId} and asked.id = ${contactId}
        )
      )
    )
    select substring(i.phone_normalized from 2) as sender from identity i where i.phone_normalized is not null
    union
    select substring(p.phone_normalized from 2) from public.identity_phones p
    where p.workspace_id = ${workspaceId} and p.identity_id in (select id from identity)
    union
    select b.value from public.business_scoped_ids b
    where b.workspace_id = ${workspaceId} and b.identity_id in (select id from identity)
    union
    select k.kapso_conversation_id from public.kapso_conversations k
    join public.conversations c on c.workspace_id = k.workspace_id and c.id = k.conversation_id
    where k.workspace_id = ${workspaceId} and c.identity_id in (select id from identity)
  `.execute(database)
  const keys = rows.map(({ sender }) => hashToKey(`${workspaceId}|${sender}`))
  return sql`(
    e.subject_key = any(${keys}::bigint[]) and e.subject_key <> 0
    or e.name like 'whatsapp.message.%' and split_part(e.event_id, ':', 2) in (
      select translate(encode(sha256(convert_to(m.wamid, 'UTF8')), 'base64'), '+/=', '-_')
      from public.messages m
      join public.conversations c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
      join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
      join public.contacts p on p.workspace_id = i.workspace_id and p.id = i.contact_id
      join public.contacts asked on asked.workspace_id = p.workspace_id and asked.id = ${contactId}
      where m.workspace_id = ${workspaceId} and m.wamid is not null and p.root_id = asked.root_id
    )
  )`
}

/**
 * Rows of the ledger by id, with how they stand, oldest first. Those that the worker has yet to apply, and those
 * that a recovery run took back, are left out.
 */
export async function findStoredEvents(
  database: Database,
  workspaceId: string,
  ids: number[],
): Promise<StoredEvent[]> {
  const { rows } = await sql<StoredEvent>`
    select e.id, e.name, e.subject_key::text as "subjectKey", e.delivery_id as "deliveryId",
      e.item_index as "itemIndex", e.attempts, e.received_at as "receivedAt", e.source = 'repair' as "isRepair",
      e.status = 'processed' as "isLetThrough", e.status, e.reason
    from public.webhook_events e
    where e.workspace_id = ${workspaceId} and e.id = any(${ids}::bigint[]) and e.status <> 'pending'
      and e.reason is distinct from ${retracted}
    order by e.id
  `.execute(database)
  return rows
}

/** A replay that an admin has asked for. */
export interface Replay {
  id: string
  selection: ReplaySelection
  state: ReplayState
  totalEvents: number | null
  doneEvents: number
  report: ReplayReport | null
  /** Why it failed; null where it did not. */
  failure: ReplayFailure | null
  createdAt: Date
  finishedAt: Date | null
}

const replayColumns = [
  'id',
  'selection',
  'state',
  'total_events as totalEvents',
  'done_events as doneEvents',
  'report',
  'failure',
  'created_at as createdAt',
  'finished_at as finishedAt',
] as const

/** One replay; undefined where there is none, or the member may not see it. */
export async function findReplay(
  database: Database,
  workspaceId: string,
  replayId: string,
): Promise<Replay | undefined> {
  const row = await database
    .selectFrom('replays')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', replayId)
    .select(replayColumns)
    .executeTakeFirst()
  return row as Replay | undefined
}

/** Another replay of the workspace is being checked or applied. */
export class ReplayUnderWay extends Error {
  override name = 'ReplayUnderWay'
}

/**
 * Asks for a replay as an owner or admin; its job comes with it.
 *
 * @throws ReplayUnderWay
 * @throws Postgres' 42501 for anybody else
 */
export async function requestReplay(
  database: Database,
  workspaceId: string,
  selection: ReplaySelection,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select id from private.request_replay(${workspaceId}, ${JSON.stringify(selection)}::jsonb)
  `
    .execute(database)
    .catch((error: unknown) => {
      const isUnderWay = error instanceof Error && error.message === 'replay_under_way'
      throw isUnderWay ? new ReplayUnderWay(error.message, { cause: error }) : error
    })
  const [requested] = rows
  if (requested === undefined) throw new Error('request_replay returned nothing')
  return requested.id
}

/** Lets a checked replay go ahead. False when there is none that waits for it. */
export async function applyReplay(
  database: Database,
  workspaceId: string,
  replayId: string,
): Promise<boolean> {
  const { rows } = await sql`select id from private.apply_replay(${workspaceId}, ${replayId})`.execute(
    database,
  )
  return rows.length > 0
}

/** Writes down how far a replay is. */
export async function recordReplayProgress(
  database: Database,
  workspaceId: string,
  replayId: string,
  progress: { done: number; total: number },
): Promise<void> {
  await database
    .updateTable('replays')
    .set({ done_events: progress.done, total_events: progress.total })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', replayId)
    .execute()
}

/** Ends a step of a replay. */
export async function finishReplay(
  database: Database,
  workspaceId: string,
  replayId: string,
  outcome:
    { state: 'checked' | 'applied'; report: ReplayReport } | { state: 'failed'; failure: ReplayFailure },
): Promise<void> {
  await database
    .updateTable('replays')
    .set({
      state: outcome.state,
      ...(outcome.state === 'failed'
        ? { failure: outcome.failure }
        : { report: JSON.stringify(outcome.report) }),
      finished_at: sql<Date>`now()`,
    })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', replayId)
    .execute()
}

/** The last replays of a workspace, newest first, without what they found. */
export async function listReplays(
  database: Database,
  workspaceId: string,
  limit: number,
): Promise<Pick<Replay, 'id' | 'selection' | 'state' | 'createdAt'>[]> {
  const rows = await database
    .selectFrom('replays')
    .where('workspace_id', '=', workspaceId)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .select(['id', 'selection', 'state', 'created_at as createdAt'])
    .execute()
  return rows.map((row) => ({ ...row, selection: row.selection as ReplaySelection }))
}

/** The contact that an admin names: by its id, or by a phone number of it as people type it. */
export async function findContactToReplay(
  database: Database,
  workspace: { id: string; defaultCountry: string },
  named: string,
): Promise<string | undefined> {
  const phone = normalizeTypedPhone(named, workspace.defaultCountry)
  const found = await database
    .selectFrom('contact_identities')
    .where('workspace_id', '=', workspace.id)
    .where((eb) =>
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(named)
        ? eb('contact_id', '=', named)
        : eb('phone_normalized', '=', phone?.e164 ?? ''),
    )
    .select('contact_id as contactId')
    .limit(1)
    .executeTakeFirst()
  return found?.contactId
}
