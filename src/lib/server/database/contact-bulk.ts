import { sql, type RawBuilder } from 'kysely'
import { mostContactsAtOnce, type BlockLevel, type ContactChanges } from '../../domain/contacts.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { blockContact, editContact, unblockContact } from './contact-edits.ts'
import type { Database } from './database.ts'

export interface LabelAction {
  kind: 'addLabel' | 'removeLabel'
  labelId: string
}

/** What can be done to many at once. */
export type BulkAction =
  | { kind: 'owner'; ownerId: string | null }
  | { kind: 'leadStatus'; leadStatus: NonNullable<ContactChanges['leadStatus']> }
  | LabelAction
  | { kind: 'block'; level: BlockLevel; reason: string | null; endsAt: Date | null }
  | { kind: 'unblock' }

export interface BulkOutcome {
  /** How many it was done to. */
  changed: number
  /** The blocks that were set: see `takeBackBlocks`. */
  blockIds: string[]
}

/**
 * Does one thing to many contacts, all of it or nothing. Those that the member does not see are left out.
 *
 * @throws RuleViolation `too_many_contacts`, `no_such_label`, `too_many_labels`, and those of the single actions
 */
export async function changeContacts(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
  action: BulkAction,
): Promise<BulkOutcome> {
  if (contactIds.length > mostContactsAtOnce)
    throw new RuleViolation('too_many_contacts', 'At most 500 contacts are changed at once.')
  const ids = await lockContacts(
    database,
    workspaceId,
    contactIds,
    action.kind === 'owner' ? action.ownerId : null,
  )
  const blockIds: string[] = []
  if ('labelId' in action) {
    await labelOwn(database, workspaceId, await findThoseOfOwn(database, workspaceId, ids, action), action)
    await labelOpenConversations(database, workspaceId, ids, action)
  } else
    for (const id of ids) {
      const blockId = await changeOne(database, workspaceId, id, action)
      if (blockId !== null) blockIds.push(blockId)
    }
  return { changed: ids.length, blockIds }
}

/** Those of them that the member sees, by their roots, in one order. */
export async function lockContacts(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
  ownerId: string | null,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select l.id from private.lock_my_contacts(${workspaceId}, ${contactIds}::uuid[], ${ownerId}) as l (id)
  `.execute(database)
  return rows.map(({ id }) => id)
}

/** @returns the block that it made */
async function changeOne(
  database: Database,
  workspaceId: string,
  id: string,
  action: Exclude<BulkAction, LabelAction>,
): Promise<string | null> {
  switch (action.kind) {
    case 'owner':
      await editContact(database, workspaceId, id, { ownerId: action.ownerId })
      return null
    case 'leadStatus':
      await editContact(database, workspaceId, id, { leadStatus: action.leadStatus })
      return null
    case 'block':
      return blockContact(database, workspaceId, id, action)
    case 'unblock':
      await unblockContact(database, workspaceId, id)
      return null
  }
}

/** Their conversations that are not closed; of those with as many labels as there may be, nothing is changed. */
function labelOpenConversations(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
  action: LabelAction,
): Promise<number> {
  return labelConversations(
    database,
    workspaceId,
    contactIds,
    action,
    sql`c.state <> 'closed' and (${action.kind === 'removeLabel'} or cardinality(c.label_ids) < 30)`,
  )
}

/**
 * Whose own label it is: it is taken off all, and put on those without a conversation that the member sees; of those with
 * as many labels as there may be, nothing is changed.
 */
async function findThoseOfOwn(
  database: Database,
  workspaceId: string,
  contactIds: string[],
  action: LabelAction,
): Promise<string[]> {
  if (action.kind === 'removeLabel') return contactIds
  const { rows } = await sql<{ id: string }>`
    select asked.id from unnest(${contactIds}::uuid[]) as asked (id)
    where not exists (
      select from public.contacts part
      join public.contact_identities i on i.workspace_id = part.workspace_id and i.contact_id = part.id
      join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
      where part.workspace_id = ${workspaceId} and part.root_id = asked.id and c.is_root
        and c.last_message_id is not null
    ) and (
      select count(distinct l.label_id) from public.contacts part
      join public.contact_labels l on l.workspace_id = part.workspace_id and l.contact_id = part.id
      where part.workspace_id = ${workspaceId} and part.root_id = asked.id and l.ended_at is null
    ) < 30
  `.execute(database)
  return rows.map(({ id }) => id)
}

/** Puts a label on contacts themselves, or takes it off. */
async function labelOwn(
  database: Database,
  workspaceId: string,
  contactIds: string[],
  { kind, labelId }: LabelAction,
): Promise<void> {
  if (contactIds.length === 0) return
  await sql`
    select private.label_contacts(${workspaceId}, ${contactIds}::uuid[], ${labelId}, ${kind === 'addLabel'})
  `
    .execute(database)
    .catch(throwLabelViolation)
}

/**
 * Puts a label on one person, or takes it off. It is put on their conversations that are not closed, where all are closed
 * on the one that was active last, and where there is none that the member sees on the contact itself. It is taken off
 * all of them.
 *
 * @throws RuleViolation `contact_not_found`, `no_such_label`, `too_many_labels`
 */
export async function labelContact(
  database: Database,
  workspaceId: string,
  contactId: string,
  action: LabelAction,
): Promise<void> {
  const [rootId] = await lockContacts(database, workspaceId, [contactId], null)
  if (rootId === undefined) throw new RuleViolation('contact_not_found', 'This contact does not exist.')
  if (action.kind === 'removeLabel') {
    await labelOwn(database, workspaceId, [rootId], action)
    await labelConversations(database, workspaceId, [rootId], action, sql`true`)
    return
  }
  const threads = await findThreads(database, workspaceId, rootId)
  const open = threads.filter(({ state }) => state !== 'closed')
  const ids = (open.length > 0 ? open : threads.slice(0, 1)).map(({ id }) => id)
  if (ids.length === 0) {
    await labelOwn(database, workspaceId, [rootId], action)
    return
  }
  await labelConversations(database, workspaceId, [rootId], action, sql`c.id = any (${ids}::uuid[])`)
}

/** Of one person, the one that was active last first. */
async function findThreads(
  database: Database,
  workspaceId: string,
  rootId: string,
): Promise<{ id: string; state: string }[]> {
  const { rows } = await sql<{ id: string; state: string }>`
    select c.id, c.state
    from public.contacts part
    join public.contact_identities i on i.workspace_id = part.workspace_id and i.contact_id = part.id
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where part.workspace_id = ${workspaceId} and part.root_id = ${rootId} and c.is_root
      and c.last_message_id is not null
    order by c.last_activity_at desc, c.id desc
  `.execute(database)
  return rows
}

/** @returns how many conversations it was put on or taken off */
async function labelConversations(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
  { kind, labelId }: LabelAction,
  condition: RawBuilder<unknown>,
): Promise<number> {
  const isAdded = kind === 'addLabel'
  const { rows } = await sql`
    select private.set_conversation_labels(${workspaceId}, open.id,
      case when ${isAdded} then open.label_ids || ${labelId}::uuid else array_remove(open.label_ids, ${labelId}::uuid) end)
    from (
      select c.id, c.label_ids
      from public.contacts part
      join public.contact_identities i on i.workspace_id = part.workspace_id and i.contact_id = part.id
      join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
      where part.workspace_id = ${workspaceId} and part.root_id = any (${contactIds}::uuid[])
        and c.is_root and c.last_message_id is not null
        and (${labelId}::uuid = any (c.label_ids)) <> ${isAdded}
        and ${condition}
      order by c.id
    ) open
  `
    .execute(database)
    .catch(throwLabelViolation)
  return rows.length
}

function throwLabelViolation(error: unknown): never {
  if (!(error instanceof Error)) throw error
  if (error.message === 'no_such_label')
    throw new RuleViolation('no_such_label', 'This label does not exist.')
  if (error.message === 'too_many_labels')
    throw new RuleViolation('too_many_labels', 'There are 30 labels at most.')
  throw error
}
