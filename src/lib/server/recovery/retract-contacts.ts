import { z } from 'zod'
import type { Json } from '../../domain/recovery/recovery-run.ts'
import type { Database } from '../database/database.ts'
import {
  findTellers,
  listSuspects,
  lockUnknown,
  writeAsideStates,
  type AsideState,
  type ContactPlace,
} from '../database/retract-contacts.ts'
import type { RetractionSpan } from '../database/retract-events.ts'
import type { ItemOutcome, RecoveryItem, RecoveryScope } from './recovery-kind.ts'

const contactsAtATime = 500

/** Contacts that the deliveries of a span made known, and nothing and nobody else. */
export async function planContacts(
  database: Database,
  { workspaceId, parameters: span }: RecoveryScope<RetractionSpan>,
  after: string,
): Promise<{ items: RecoveryItem[]; after: string | null }> {
  const { suspects, last } = await listSuspects(
    database,
    workspaceId,
    span.from,
    readPlace(after),
    contactsAtATime,
  )
  const tellers = await findTellers(
    database,
    workspaceId,
    span,
    suspects.flatMap(({ keys }) => keys),
  )
  const items = suspects
    .filter(
      ({ keys }) =>
        keys.some((key) => tellers.forged.has(key)) && !keys.some((key) => tellers.genuine.has(key)),
    )
    .map(({ id, name, phone, leadStatus, leadStatusSource, leadStatusAsOf }): RecoveryItem => ({
      subject: id,
      before: {
        shown: [name, phone].filter((told) => told !== null).join(', '),
        leadStatus,
        leadStatusSource,
        leadStatusAsOf,
        setAsideAt: null,
      },
      after: { leadStatus: 'spam' },
      why: 'forged_contact',
      contactId: id,
    }))
  return { items, after: last === null ? null : `contact ${last.createdAt} ${last.id}` }
}

function readPlace(after: string): ContactPlace | null {
  const [, createdAt, id] = after.split(' ')
  return createdAt === undefined || createdAt === '' || id === undefined ? null : { createdAt, id }
}

/** Makes contacts spam that no list shows, where by now nothing is known of them any more. */
export async function setContactsAside(
  database: Database,
  { workspaceId }: RecoveryScope<RetractionSpan>,
  items: RecoveryItem[],
): Promise<ItemOutcome[]> {
  if (items.length === 0) return []
  const unknown = await lockUnknown(
    database,
    workspaceId,
    items.map(({ subject }) => subject),
  )
  const now = new Date().toISOString()
  const state: AsideState = {
    leadStatus: 'spam',
    leadStatusSource: 'staff',
    leadStatusAsOf: now,
    setAsideAt: now,
  }
  const written = await writeAsideStates(
    database,
    workspaceId,
    items.flatMap(({ subject, before }) =>
      unknown.has(subject) ? [{ id: subject, expected: asideState.parse(before), state }] : [],
    ),
  )
  return items.map(({ subject }): ItemOutcome => {
    const after = written.get(subject)
    if (after !== undefined) return { subject, outcome: 'applied', after: toJson(after) }
    return {
      subject,
      outcome: 'skipped',
      why: unknown.has(subject) ? 'changed_meanwhile' : 'known_otherwise',
    }
  })
}

/** Brings contacts back that stand as they were set aside. */
export async function restoreContacts(
  database: Database,
  { workspaceId }: RecoveryScope<RetractionSpan>,
  items: RecoveryItem[],
): Promise<ItemOutcome[]> {
  if (items.length === 0) return []
  await lockUnknown(
    database,
    workspaceId,
    items.map(({ subject }) => subject),
  )
  const written = await writeAsideStates(
    database,
    workspaceId,
    items.map(({ subject, before, after }) => ({
      id: subject,
      expected: asideState.parse(after),
      state: asideState.parse(before),
    })),
  )
  return items.map(({ subject }) =>
    written.has(subject)
      ? { subject, outcome: 'undone' }
      : { subject, outcome: 'kept', why: 'changed_since' },
  )
}

const asideState = z.object({
  leadStatus: z.string(),
  leadStatusSource: z.string().nullable(),
  leadStatusAsOf: z.string().nullable(),
  setAsideAt: z.string().nullable(),
})

const toJson = (state: AsideState): Json => ({ ...state })
