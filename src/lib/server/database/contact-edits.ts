import { sql } from 'kysely'
import type { BlockLevel, ContactChanges } from '../../domain/contacts.ts'
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
 * @returns the block's id
 * @throws RuleViolation `contact_not_found`, `reason_length`, `block_end_in_past`, `drop_not_allowed` for agents
 */
export async function blockContact(
  database: Database,
  workspaceId: string,
  contactId: string,
  { level, reason, endsAt }: { level: BlockLevel; reason: string | null; endsAt: Date | null },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select private.block_contact(${workspaceId}, ${contactId}, ${level}, ${reason}, ${endsAt}::timestamptz) as id
  `
    .execute(database)
    .catch(throwContactViolation)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('no block was made')
  return id
}

/**
 * Takes back blocks that the signed-in member set, as if they had not been set: what they came in the place of is in
 * force again. What somebody has changed since stays.
 *
 * @returns how many were taken back
 * @throws RuleViolation `drop_not_allowed` for agents
 */
export async function takeBackBlocks(
  database: Database,
  workspaceId: string,
  blockIds: readonly string[],
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select private.take_back_blocks(${workspaceId}, ${blockIds}::uuid[]) as count
  `
    .execute(database)
    .catch(throwContactViolation)
  return rows[0]?.count ?? 0
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
