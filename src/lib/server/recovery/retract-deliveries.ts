import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Json } from '../../domain/recovery/recovery-run.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from '../database/database.ts'
import { lockSenders } from '../database/ledger.ts'
import { recordMarketingPreferences } from '../database/marketing-preferences.ts'
import { recordReactions } from '../database/reactions.ts'
import { listWaitingItems } from '../database/recovery-work.ts'
import { addSecret, endSecrets } from '../database/retract-secrets.ts'
import {
  findEventRange,
  findLedgerRows,
  findOtherEvents,
  findUnknownSecrets,
  hasEndpoint,
  hasSecret,
  listSpannedEvents,
  lockLedgerRows,
  markRetracted,
  restoreLedger,
  retracted,
  type LedgerState,
  type RetractionSpan,
  type SpannedEvent,
} from '../database/retract-events.ts'
import {
  captureRetraction,
  findPeopleOf,
  findRetractionSteps,
  findSenderKeys,
  findSessionThreads,
  findThreadsOf,
  lockRetraction,
  noteRetraction,
  putBackRetracted,
  takeOutRetracted,
  type ToldFacts,
} from '../database/retract-rows.ts'
import { recordSessions } from '../database/sessions.ts'
import { bodyMissing, readEvents, type ReadEvent } from '../ingest/apply-events.ts'
import { lockKeys } from '../ingest/lock-keys.ts'
import { toSessionRow } from '../ingest/place-in-threads.ts'
import { findChannels } from './channels.ts'
import type { ItemOutcome, RecoveryItem, RecoveryKind, RecoveryScope } from './recovery-kind.ts'
import { planContacts, restoreContacts, setContactsAside } from './retract-contacts.ts'
import { toToldFacts } from './told-facts.ts'

const moment = z.iso.datetime({ offset: true })

const parameters = z.strictObject({
  endpointId: z.uuid(),
  /** Only what this secret let in; of what came before secrets were written down with deliveries nobody can say. */
  secretId: z.uuid().nullable().default(null),
  from: moment,
  to: moment,
})

type Scope = RecoveryScope<RetractionSpan & Record<string, Json>>

const eventsAtATime = 200

/**
 * Takes back what one webhook endpoint, or one of its secrets, let in between two times: messages, ticks, reactions, sessions, and what they told
 * of people, are set aside; contacts that nothing else and nobody made known become spam that no list shows. The ledger
 * keeps its rows, marked, so that neither a replay nor the same delivery again brings anything back. What was applied and
 * can be read no longer stays, and is told of; so does, of one secret, what may be another's. The secret ends at the
 * beginning of an apply that has anything to do, or all of them do; the endpoint gets a new one where none is left that
 * lasts.
 */
export const retractDeliveries: RecoveryKind<RetractionSpan & Record<string, Json>> = {
  parameters,
  itemsAtATime: eventsAtATime,

  async checkParameters(database, workspaceId, { endpointId, secretId, from, to }) {
    if (new Date(from) >= new Date(to))
      throw new RuleViolation('recovery_times_turned', 'The second time must be later than the first.')
    if (!(await hasEndpoint(database, workspaceId, endpointId)))
      throw new RuleViolation('recovery_endpoint_unknown', 'This workspace has no such webhook endpoint.')
    if (secretId !== null && !(await hasSecret(database, workspaceId, { endpointId, secretId })))
      throw new RuleViolation('recovery_secret_unknown', 'The webhook endpoint has no such secret.')
  },

  async plan(database, scope, after) {
    if (after?.startsWith('contact ') === true) return planContacts(database, scope, after)
    const { workspaceId, parameters: span } = scope
    const range =
      after === null
        ? await findEventRange(database, workspaceId, span).then(
            (found) => found && { after: found.first - 1, last: found.last },
          )
        : readCursor(after)
    if (range === undefined) return { items: [], after: null }
    const rows = await listSpannedEvents(database, workspaceId, span, range, eventsAtATime)
    const next = rows.at(-1)
    return {
      items: await toItems(database, scope, rows),
      after: next === undefined ? 'contact ' : `${String(next.id)} ${String(range.last)}`,
    }
  },

  async apply(transaction, scope, items) {
    const { events, contacts } = part(items)
    return [
      ...(await retract(transaction, scope, events)),
      ...(await setContactsAside(transaction, scope, contacts)),
    ]
  },

  async undo(transaction, scope, items) {
    const { events, contacts } = part(items)
    // The other way round.
    const restored = await restoreContacts(transaction, scope, contacts)
    return [...restored, ...(await putBack(transaction, scope, events))]
  },

  async begin(transaction, { workspaceId, runId, parameters: { endpointId, secretId } }, { sealer }) {
    const [waiting] = await listWaitingItems(transaction, workspaceId, runId, {
      ...{ step: 'apply', passed: null, limit: 1 },
    })
    if (waiting === undefined) return null
    if (await endSecrets(transaction, { workspaceId, endpointId, secretId })) return null
    const secret = randomBytes(32).toString('hex')
    await addSecret(transaction, sealer, { workspaceId, endpointId, secret })
    return { endpointId, secret }
  },
}

function readCursor(after: string): { after: number; last: number } {
  const [id, last] = after.split(' ').map(Number)
  if (id === undefined || last === undefined) throw new Error('the plan goes on nowhere')
  return { after: id, last }
}

function part(items: readonly RecoveryItem[]): { events: RecoveryItem[]; contacts: RecoveryItem[] } {
  const isEvent = ({ subject }: RecoveryItem) => subject.startsWith('event ')
  return { events: items.filter(isEvent), contacts: items.filter((item) => !isEvent(item)) }
}

const subjectOf = (id: number) => `event ${String(id)}`
const idOf = ({ subject }: RecoveryItem) => Number(subject.slice('event '.length))

const whyOf = (name: string): string =>
  name === 'whatsapp.message.received' || name === 'whatsapp.message.sent'
    ? 'forged_message'
    : name.startsWith('whatsapp.message.')
      ? 'forged_status'
      : 'forged_event'

async function toItems(
  database: Database,
  { workspaceId, parameters: { secretId } }: Scope,
  rows: SpannedEvent[],
): Promise<RecoveryItem[]> {
  const ids = rows.map(({ id }) => id)
  const unknown = secretId === null ? new Set<number>() : await findUnknownSecrets(database, workspaceId, ids)
  const read = await readEvents(database, workspaceId, rows)
  const channels = await findChannels(database, workspaceId)
  const told = toToldFacts(read, channels)
  const threads = await findThreadsOf(database, workspaceId, told)
  return rows.map((row, index): RecoveryItem => {
    const facts = told[index]
    const event = read[index]?.event
    const isLost = read[index] !== undefined && isUnreadable(read[index], row)
    const thread = facts && threads.get(`${facts.channelId ?? ''} ${facts.targetWamid ?? facts.wamid ?? ''}`)
    return {
      subject: subjectOf(row.id),
      before: {
        ...stateOf(row),
        shown: [row.name, facts?.phone, event?.kind === 'message' ? event.text?.slice(0, 200) : null]
          .filter((told) => typeof told === 'string')
          .join(' · '),
        receivedAt: row.receivedAt.toISOString(),
      },
      after: { status: 'ignored', reason: retracted },
      why: unknown.has(row.id) ? 'secret_unknown' : isLost ? bodyMissing : whyOf(row.name),
      isLeft: isLost || unknown.has(row.id),
      conversationId: thread ?? null,
    }
  })
}

/** What it let in cannot be told any more: retention has dropped the body. */
const isUnreadable = ({ event }: ReadEvent, { status }: Pick<LedgerState, 'status'>): boolean =>
  status === 'processed' && event.kind === 'quarantined' && event.reason === bodyMissing

function stateOf({
  status,
  reason,
  processedAt,
  nextAttemptAt,
}: LedgerState): LedgerState & Record<string, Json> {
  return { status, reason, processedAt, nextAttemptAt }
}

async function retract(database: Database, scope: Scope, items: RecoveryItem[]): Promise<ItemOutcome[]> {
  if (items.length === 0) return []
  const { workspaceId, runId, parameters: span } = scope
  const asked = await findLedgerRows(database, workspaceId, items.map(idOf))
  const read = await readEvents(database, workspaceId, asked)
  await lockSenders(database, lockKeys(workspaceId, read))
  const rows = new Map(
    (await lockLedgerRows(database, workspaceId, items.map(idOf))).map((row) => [row.id, row]),
  )
  const holds = (item: RecoveryItem) => {
    const row = rows.get(idOf(item))
    return row !== undefined && isAs(item.before, { status: row.status, reason: row.reason })
  }
  const lost = new Set(
    read.flatMap((one) => {
      const row = rows.get(one.row.id)
      return row !== undefined && isUnreadable(one, row) ? [one.row.id] : []
    }),
  )
  const fitting = items.filter((item) => holds(item) && !lost.has(idOf(item)))
  const ids = new Set(fitting.map(idOf))
  const events = read.filter(({ row }) => ids.has(row.id))
  if (events.length > 0) {
    const channels = await findChannels(database, workspaceId)
    const told = toToldFacts(events, channels)
    const keys = await findSenderKeys(database, workspaceId, told)
    const others = await findOtherEvents(database, workspaceId, span, [
      ...keys,
      ...asked.map((row) => row.subjectKey),
    ])
    const otherEvents = await readEvents(database, workspaceId, others)
    const genuine = toToldFacts(otherEvents, channels)
    const touched = await lockRetraction(database, workspaceId, told)
    const before = await captureRetraction(database, workspaceId, told, touched)
    const unread = await takeOutRetracted(database, workspaceId, { told, genuine }, touched)
    await tellAgain(database, workspaceId, { told, otherEvents, genuine })
    const after = await captureRetraction(database, workspaceId, told, touched)
    await noteRetraction(database, { workspaceId, runId }, { eventIds: [...ids], before, after, unread })
    await markRetracted(database, workspaceId, [...ids])
  }
  return items.map((item) => {
    const { subject } = item
    if (ids.has(idOf(item))) return { subject, outcome: 'applied' }
    return { subject, outcome: 'skipped', why: lost.has(idOf(item)) ? bodyMissing : 'changed_meanwhile' }
  })
}

/** Of what keeps only the latest that was told, the forged one had taken the place of what others tell. */
async function tellAgain(
  database: Database,
  workspaceId: string,
  { told, otherEvents, genuine }: { told: ToldFacts[]; otherEvents: ReadEvent[]; genuine: ToldFacts[] },
): Promise<void> {
  const targets = new Set(
    told.flatMap(({ kind, channelId, wamid, targetWamid }) => {
      const target = kind === 'message' ? wamid : targetWamid
      return target === null ? [] : [`${channelId ?? ''} ${target}`]
    }),
  )
  const sessions = new Set(told.flatMap(({ session }) => session ?? []))
  const isPreference = told.some(({ kind }) => kind === 'marketing_preference')
  const pairs = otherEvents.flatMap(({ event }, index) => {
    const facts = genuine[index]
    return facts === undefined || facts.channelId === null
      ? []
      : [{ event, facts, channelId: facts.channelId }]
  })
  await recordReactions(
    database,
    workspaceId,
    pairs.flatMap(({ event, channelId }) =>
      event.kind === 'reaction' && targets.has(`${channelId} ${event.targetWamid}`)
        ? [{ ...event, channelId }]
        : [],
    ),
  )
  const threads = await findSessionThreads(database, workspaceId, [...sessions])
  await recordSessions(
    database,
    workspaceId,
    pairs.flatMap(({ event, facts }) => {
      const thread = facts.session === null ? undefined : threads.get(facts.session)
      return thread === undefined || !('counterpart' in event) ? [] : (toSessionRow(event, thread) ?? [])
    }),
  )
  if (!isPreference) return
  const people = await findPeopleOf(database, workspaceId, genuine)
  await recordMarketingPreferences(
    database,
    workspaceId,
    pairs.flatMap(({ event, facts, channelId }) => {
      const identityId =
        people.get(`${facts.scope ?? ''} ${facts.scopedId ?? ''}`) ?? people.get(facts.phone ?? '')
      return event.kind === 'marketing_preference' && identityId !== undefined
        ? [{ ...event, channelId, identityId }]
        : []
    }),
  )
}

async function putBack(database: Database, scope: Scope, items: RecoveryItem[]): Promise<ItemOutcome[]> {
  if (items.length === 0) return []
  const { workspaceId } = scope
  const ids = items.map(idOf)
  // A step comes back whole. Of its events those of other items stay marked until their turn: a ledger row that called
  // applied what is not there yet would have a replay write it anew.
  const steps = await findRetractionSteps(database, scope, ids)
  const touched = [...new Set([...ids, ...steps.flatMap(({ eventIds }) => eventIds)])]
  const read = await readEvents(database, workspaceId, await findLedgerRows(database, workspaceId, touched))
  await lockSenders(database, lockKeys(workspaceId, read))
  const rows = await lockLedgerRows(database, workspaceId, ids)
  const marked = new Set(rows.flatMap((row) => (row.reason === retracted ? [row.id] : [])))
  const stayed = await putBackRetracted(database, scope, steps)
  await restoreLedger(
    database,
    workspaceId,
    items.flatMap((item) => (marked.has(idOf(item)) ? [{ id: idOf(item), ...readState(item.before) }] : [])),
  )
  return items.map((item) =>
    !marked.has(idOf(item))
      ? { subject: item.subject, outcome: 'kept', why: 'changed_since' }
      : stayed > 0
        ? { subject: item.subject, outcome: 'undone', why: 'partly_changed_since' }
        : { subject: item.subject, outcome: 'undone' },
  )
}

const ledgerState = z.object({
  status: z.enum(['pending', 'processed', 'ignored', 'quarantined', 'failed']),
  reason: z.string().nullable(),
  processedAt: z.string().nullable(),
  nextAttemptAt: z.string().nullable(),
})

const readState = (before: Json): LedgerState => ledgerState.parse(before)

function isAs(before: Json, now: Pick<LedgerState, 'status' | 'reason'>): boolean {
  const then = readState(before)
  return then.status === now.status && then.reason === now.reason
}
