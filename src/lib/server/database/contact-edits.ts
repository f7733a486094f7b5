import { sql } from 'kysely'
import { mostContactsAtOnce, type BlockLevel, type ContactChanges } from '../../domain/contacts.ts'
import { formatPhone, normalizeTypedPhone } from '../../domain/phone-number.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { hashToKey } from '../kapso/event-identity.ts'
import type { Database } from './database.ts'
import { lockSenders } from './ledger.ts'

/** What the database refuses, by its code. */
const refusals: Readonly<Record<string, string>> = {
  contact_not_found: 'This contact does not exist.',
  sees_own_only: 'Who sees only their own conversations would not see this contact.',
  not_member: 'The workspace is none of theirs.',
  known_number: 'Another contact has this number.',
  contact_empty: 'A contact needs a name, a number or an e-mail address.',
  name_length: 'A name has 1 to 200 characters.',
  email_invalid: 'This is no e-mail address.',
  lead_status_unknown: 'There is no such lead status.',
  owner_not_member: 'The owner is no member of the workspace.',
  field_not_found: 'This field does not exist.',
  field_value_invalid: 'This is nothing that the field can hold.',
  block_level_unknown: 'There is no such level.',
  reason_length: 'A reason has at most 500 characters.',
  block_end_in_past: 'The end of a block lies in the future.',
  drop_not_allowed: 'Only owners and admins have messages thrown away.',
}

/** Somebody has the number that was to be a new contact's. */
export class KnownNumber extends RuleViolation {
  readonly contactId: string

  constructor(contactId: string) {
    super('known_number', 'Another contact has this number.')
    this.contactId = contactId
  }
}

/** A field's value cannot be kept; `fieldId` says which field's. */
export class RefusedField extends RuleViolation {
  readonly fieldId: string

  constructor(code: 'field_not_found' | 'field_value_invalid', fieldId: string) {
    super(code, 'This is nothing that the field can hold.')
    this.fieldId = fieldId
  }
}

/**
 * Changes a contact as the signed-in member; what is not named stays. One that was merged means the one that shows it.
 *
 * @throws RuleViolation `contact_not_found`, `name_length`, `email_invalid`, `lead_status_unknown`, `owner_not_member`,
 *   `field_not_found`, `field_value_invalid` (the last two as RefusedField)
 */
export async function editContact(
  database: Database,
  workspaceId: string,
  contactId: string,
  changes: ContactChanges,
): Promise<void> {
  await sql`
    select private.edit_contact(${workspaceId}, ${contactId}, ${JSON.stringify(toJson(changes))}::jsonb)
  `
    .execute(database)
    .catch(throwContactViolation)
}

/**
 * Makes a contact. A number is locked as that of a message that comes in at this moment: nobody is there twice.
 *
 * @param phone as typed; null for somebody without a number
 * @param country ISO 3166 code of the workspace's country
 * @returns its id
 * @throws RuleViolation `phone_invalid`, `known_number` (as KnownNumber), `contact_empty`, `sees_own_only`, and those of
 *   editContact
 */
export async function createContact(
  database: Database,
  workspaceId: string,
  country: string,
  phone: string | null,
  changes: ContactChanges,
): Promise<string> {
  const number = phone === null ? null : normalizeTypedPhone(phone, country)
  if (phone !== null && (number === null || number.verdict === 'invalid'))
    throw new RuleViolation('phone_invalid', 'This is no phone number.')
  if (number !== null) await lockSenders(database, [hashToKey(`${workspaceId}|phone|${number.e164}`)], 5_000)
  const { rows } = await sql<{ id: string }>`
    select private.create_contact(
      ${workspaceId}, ${number === null ? null : formatPhone(number.e164)}, ${number?.e164 ?? null},
      ${number?.verdict ?? null}, ${JSON.stringify(toJson(changes))}::jsonb
    ) as id
  `
    .execute(database)
    .catch(throwContactViolation)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('no contact was made')
  return id
}

/**
 * Blocks a person, in place of a block that there is.
 *
 * @throws RuleViolation `contact_not_found`, `reason_length`, `block_end_in_past`, `drop_not_allowed` for agents
 */
export async function blockContact(
  database: Database,
  workspaceId: string,
  contactId: string,
  { level, reason, endsAt }: { level: BlockLevel; reason: string | null; endsAt: Date | null },
): Promise<void> {
  await sql`
    select private.block_contact(${workspaceId}, ${contactId}, ${level}, ${reason}, ${endsAt}::timestamptz)
  `
    .execute(database)
    .catch(throwContactViolation)
}

/** @throws RuleViolation `contact_not_found`, `drop_not_allowed` for agents */
export async function unblockContact(
  database: Database,
  workspaceId: string,
  contactId: string,
): Promise<void> {
  await sql`select private.unblock_contact(${workspaceId}, ${contactId})`
    .execute(database)
    .catch(throwContactViolation)
}

/**
 * Writes down that a person wants no marketing, or takes back what the team wrote down. What WhatsApp tells stays.
 *
 * @throws RuleViolation `contact_not_found`, `reason_length`
 */
export async function setOptOut(
  database: Database,
  workspaceId: string,
  contactId: string,
  { isOptedOut, reason }: { isOptedOut: boolean; reason: string | null },
): Promise<void> {
  await sql`select private.set_opt_out(${workspaceId}, ${contactId}, ${isOptedOut}, ${reason})`
    .execute(database)
    .catch(throwContactViolation)
}

interface LabelAction {
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

/**
 * Does one thing to many contacts, all of it or nothing. Those that the member does not see are left out.
 *
 * @returns how many it was done to
 * @throws RuleViolation `too_many_contacts`, `no_such_label`, `too_many_labels`, and those of the single actions
 */
export async function changeContacts(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
  action: BulkAction,
): Promise<number> {
  if (contactIds.length > mostContactsAtOnce)
    throw new RuleViolation('too_many_contacts', 'At most 500 contacts are changed at once.')
  // In one order, so that two who do this at the same time do not wait for each other.
  const { rows } = await sql<{ id: string }>`
    select distinct c.root_id as id from public.contacts c
    where c.workspace_id = ${workspaceId} and c.id = any (${contactIds}::uuid[])
    order by 1
  `.execute(database)
  const ids = rows.map(({ id }) => id)
  if ('labelId' in action) {
    await labelConversations(database, workspaceId, ids, action)
    return ids.length
  }
  for (const id of ids) await changeOne(database, workspaceId, id, action)
  return ids.length
}

async function changeOne(
  database: Database,
  workspaceId: string,
  id: string,
  action: Exclude<BulkAction, LabelAction>,
): Promise<void> {
  switch (action.kind) {
    case 'owner':
      return editContact(database, workspaceId, id, { ownerId: action.ownerId })
    case 'leadStatus':
      return editContact(database, workspaceId, id, { leadStatus: action.leadStatus })
    case 'block':
      return blockContact(database, workspaceId, id, action)
    case 'unblock':
      return unblockContact(database, workspaceId, id)
  }
}

/** Their conversations that are not closed; of those with as many labels as there may be, nothing is changed. */
async function labelConversations(
  database: Database,
  workspaceId: string,
  contactIds: string[],
  { kind, labelId }: LabelAction,
): Promise<void> {
  const isAdded = kind === 'addLabel'
  await sql`
    select private.set_conversation_labels(${workspaceId}, open.id,
      case when ${isAdded} then open.label_ids || ${labelId}::uuid else array_remove(open.label_ids, ${labelId}::uuid) end)
    from (
      select c.id, c.label_ids
      from public.contacts part
      join public.contact_identities i on i.workspace_id = part.workspace_id and i.contact_id = part.id
      join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
      where part.workspace_id = ${workspaceId} and part.root_id = any (${contactIds}::uuid[])
        and c.is_root and c.state <> 'closed' and c.last_message_id is not null
        and (${labelId}::uuid = any (c.label_ids)) <> ${isAdded}
        and (not ${isAdded} or cardinality(c.label_ids) < 30)
      order by c.id
    ) open
  `
    .execute(database)
    .catch((error: unknown) => {
      if (error instanceof Error && error.message === 'no_such_label')
        throw new RuleViolation('no_such_label', 'This label does not exist.')
      throw error
    })
}

function toJson({ name, email, ownerId, leadStatus, fields }: ContactChanges) {
  return { name, email, owner_id: ownerId, lead_status: leadStatus, fields }
}

/** For the `catch` of a call of one of these SQL functions: turns what they refuse into what it means. */
function throwContactViolation(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (!(error instanceof Error) || (code !== 'P0001' && code !== '42501')) throw error
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : ''
  if (error.message === 'known_number') throw new KnownNumber(detail)
  if (error.message === 'field_not_found' || error.message === 'field_value_invalid')
    throw new RefusedField(error.message, detail)
  const words = refusals[error.message]
  throw words === undefined ? error : new RuleViolation(error.message, words)
}
