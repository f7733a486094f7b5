import { sql } from 'kysely'
import { giveOutTurnsJob } from '../database/assignment.ts'
import { settleBotStates } from '../database/bot-states.ts'
import { recordChannelEvents } from '../database/channel-events.ts'
import { blockedContact } from '../database/contact-blocks.ts'
import type { Database, JobRequest } from '../database/database.ts'
import type { EventOutcome } from '../database/ledger.ts'
import { recordMarketingPreferences } from '../database/marketing-preferences.ts'
import { recordReactions } from '../database/reactions.ts'
import { recordSessions, type SessionChange } from '../database/sessions.ts'
import { recordStatuses, settleStatuses } from '../database/statuses.ts'
import { noteActivity, type TouchedMessage } from '../database/threads.ts'
import { recordExecutionEvents } from '../database/workflow-executions.ts'
import { queueNames, type PauseBotJob, type SendAwayMessageJob } from '../queue/queue.ts'
import type { ReadEvent } from './apply-events.ts'
import { isKeptOut, placeInThreads, seenAt, toSessionRow, type Whereabouts } from './place-in-threads.ts'
import {
  ofKind,
  sortBatch,
  type Channel,
  type PersonEvent,
  type Placed,
  type SortedBatch,
} from './sort-batch.ts'
import { isSilentMessage, writeMessages, type MessageInThread } from './write-messages.ts'

/** What became of one row; a deferred one stays pending until the send it may belong to has ended. */
export type BatchOutcome = EventOutcome | { id: number; status: 'deferred' }

export interface AppliedBatch {
  outcomes: BatchOutcome[]
  /** To enqueue in the same transaction. */
  jobs: JobRequest[]
  /** To be logged once it is committed. */
  sessionChanges: SessionChange[]
}

/**
 * Applies the rows of one workspace with a fixed number of statements, however many rows they are; those for which the
 * batch holds nothing are left out. The senders' locks must be held.
 *
 * @throws whatever Postgres says of a row it does not take; nothing is caught here
 */
export async function applyBatch(
  database: Database,
  workspaceId: string,
  events: ReadEvent[],
): Promise<AppliedBatch> {
  const { channels, habits } = await findChannels(database, workspaceId)
  const batch = sortBatch(events, channels)
  const places = await placeInThreads(database, workspaceId, batch.people, {
    touched: [...findTold(batch.people), ...findTargets(batch.people)],
    kapsoConversationIds: batch.executionEvents.flatMap(
      ({ kapsoConversationId }) => kapsoConversationId ?? [],
    ),
  })
  const keptOut = batch.people.filter((placed) => isKeptOut(placed, places.get(placed.id)?.block))
  const keptOutIds = new Set(keptOut.map(({ id }) => id))
  const people = batch.people.filter(({ id }) => !keptOutIds.has(id))
  const sessionChanges = await writeSessions(database, workspaceId, people, places)

  const messages = findMessages(people, places)
  const written = await writeMessages(database, workspaceId, messages)
  await writeStatuses(database, workspaceId, people)
  await recordReactions(
    database,
    workspaceId,
    ofKind(people, 'reaction').map(({ event, channel }) => ({ ...event, channelId: channel.id })),
  )
  await recordMarketingPreferences(
    database,
    workspaceId,
    ofKind(people, 'marketing_preference').flatMap(({ id, event, channel }) => {
      const identityId = places.get(id)?.identityId
      return identityId === undefined ? [] : [{ ...event, channelId: channel.id, identityId }]
    }),
  )
  await recordChannelEvents(database, workspaceId, batch.channelEvents)
  await recordExecutionEvents(database, workspaceId, batch.executionEvents)
  const paused = await writeBotStates(database, workspaceId, batch, messages, sessionChanges)

  return {
    outcomes: [
      ...batch.outcomes,
      ...keptOut.map(({ id }): BatchOutcome => ({
        id,
        status: places.get(id)?.block === 'drop' ? 'ignored' : 'quarantined',
        reason: blockedContact,
      })),
      ...people.map(({ id }): BatchOutcome =>
        written.deferred.has(id) ? { id, status: 'deferred' } : { id, status: 'processed', reason: null },
      ),
    ],
    jobs: [
      ...written.jobs,
      ...paused.map((conversationId) => pauseBotJob({ workspaceId, conversationId })),
      ...answerCustomers(workspaceId, habits, written.writtenToUs),
    ],
    sessionChanges,
  }
}

async function writeSessions(
  database: Database,
  workspaceId: string,
  people: Placed<PersonEvent>[],
  places: Map<number, Whereabouts>,
): Promise<SessionChange[]> {
  const inThread = people.flatMap(({ id, event }) => {
    const conversationId = places.get(id)?.conversationId ?? null
    return conversationId === null ? [] : [{ event, conversationId }]
  })
  await noteActivity(
    database,
    workspaceId,
    inThread
      .filter(({ event }) => event.kind !== 'message')
      .map(({ event, conversationId }) => ({ conversationId, seenAt: seenAt(event) })),
  )
  return recordSessions(
    database,
    workspaceId,
    inThread.flatMap(({ event, conversationId }) => toSessionRow(event, conversationId) ?? []),
  )
}

function findMessages(people: Placed<PersonEvent>[], places: Map<number, Whereabouts>): MessageInThread[] {
  return ofKind(people, 'message').map((message) => {
    const conversationId = places.get(message.id)?.conversationId ?? null
    if (conversationId === null) throw new Error('a message was left without a thread')
    return { ...message, conversationId, isMuted: places.get(message.id)?.block === 'mute' }
  })
}

/** A status may have come before its message: whatever is new here is settled with all that was told earlier. */
async function writeStatuses(
  database: Database,
  workspaceId: string,
  people: Placed<PersonEvent>[],
): Promise<void> {
  await recordStatuses(
    database,
    workspaceId,
    people.flatMap(({ id, event, channel }) =>
      'statuses' in event
        ? event.statuses.map((status) => ({
            ...status,
            channelId: channel.id,
            wamid: event.wamid,
            webhookEventId: id,
          }))
        : [],
    ),
  )
  await settleStatuses(database, findTold(people))
}

/** The sent messages that are told of here, or of which there is a status. */
function findTold(people: Placed<PersonEvent>[]): TouchedMessage[] {
  return people.flatMap(({ event, channel }) =>
    event.kind === 'status' || (event.kind === 'message' && event.direction === 'outbound')
      ? [{ channelId: channel.id, wamid: event.wamid }]
      : [],
  )
}

/** The messages that reactions are about. */
function findTargets(people: Placed<PersonEvent>[]): TouchedMessage[] {
  return ofKind(people, 'reaction').map(({ event, channel }) => ({
    channelId: channel.id,
    wamid: event.targetWamid,
  }))
}

async function writeBotStates(
  database: Database,
  workspaceId: string,
  { executionEvents }: SortedBatch,
  messages: MessageInThread[],
  sessionChanges: SessionChange[],
): Promise<string[]> {
  return settleBotStates(
    database,
    workspaceId,
    messages.flatMap((message) =>
      message.event.origin === 'business_app' &&
      message.event.direction === 'outbound' &&
      !isSilentMessage(message)
        ? [{ conversationId: message.conversationId, occurredAt: message.event.occurredAt }]
        : [],
    ),
    [
      ...executionEvents.flatMap(({ kapsoConversationId }) => kapsoConversationId ?? []),
      // A hand-over may have come before anybody knew whose session it was.
      ...sessionChanges.map(({ kapsoConversationId }) => kapsoConversationId),
    ],
  )
}

function pauseBotJob(data: PauseBotJob): JobRequest {
  return { queue: queueNames.pauseBot, data, group: data.workspaceId }
}

/** A bot is given this long to answer first. */
const awayMessageAfterSeconds = 5

/** What is done of its own accord when customers write, where the workspace has it so. */
function answerCustomers(workspaceId: string, habits: Habits, writtenToUs: string[]): JobRequest[] {
  if (writtenToUs.length === 0) return []
  const conversationIds = [...new Set(writtenToUs)]
  const away: JobRequest = {
    queue: queueNames.sendAwayMessage,
    data: { workspaceId, conversationIds } satisfies SendAwayMessageJob,
    group: workspaceId,
    startAfterSeconds: awayMessageAfterSeconds,
  }
  return [
    ...(habits.takesTurns ? [giveOutTurnsJob(workspaceId)] : []),
    ...(habits.hasAwayMessage ? [away] : []),
  ]
}

interface Habits {
  takesTurns: boolean
  hasAwayMessage: boolean
}

async function findChannels(
  database: Database,
  workspaceId: string,
): Promise<{ channels: Map<string, Channel>; habits: Habits }> {
  const rows = await database
    .selectFrom('channels as h')
    .innerJoin('workspaces as w', 'w.id', 'h.workspace_id')
    .select(['h.id', 'h.phone_number_id', 'h.identity_scope', 'w.assigns_by_turns'])
    .select(sql<boolean>`w.away_message is not null and w.business_hours is not null`.as('has_away_message'))
    .where('h.workspace_id', '=', workspaceId)
    .execute()
  return {
    channels: new Map(
      rows.map((row) => [row.phone_number_id, { id: row.id, identityScope: row.identity_scope }]),
    ),
    habits: {
      takesTurns: rows[0]?.assigns_by_turns ?? false,
      hasAwayMessage: rows[0]?.has_away_message ?? false,
    },
  }
}
