import { sql } from 'kysely'
import { sendSchema, type NewMessage, type newMessageSchema } from '../../domain/composer.ts'
import { formatPhone, normalizeTypedPhone } from '../../domain/phone-number.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database, JobRequest } from '../database/database.ts'
import { lockSenders } from '../database/ledger.ts'
import { hashToKey } from '../kapso/event-identity.ts'
import { throwRuleViolation } from './composer-errors.ts'
import { queueSend } from './send.ts'
import type { z } from 'zod'

/**
 * A template to somebody. The conversation that is known is used; where there is none it is made, under the same lock as
 * a message of that person that comes in at this moment: there is never a second one.
 *
 * @throws RuleViolation with one of the codes in src/lib/domain/composer.ts
 */
export async function startConversation(
  database: Database,
  enqueue: (job: JobRequest) => void,
  workspaceId: string,
  { channelId, to, ...send }: z.output<typeof newMessageSchema>,
): Promise<NewMessage> {
  const phone = 'phone' in to ? await readPhone(database, workspaceId, to.phone) : null
  if (phone !== null) await lockSenders(database, [hashToKey(`${workspaceId}|phone|${phone.e164}`)], 5_000)
  const { rows } = await sql<{ id: string }>`
    select private.open_conversation(
      ${workspaceId}, ${channelId}, ${'contactId' in to ? to.contactId : null}, ${phone?.e164 ?? null},
      ${phone === null ? null : formatPhone(phone.e164)}, ${phone?.verdict ?? null}
    ) as id
  `
    .execute(database)
    .catch(throwRuleViolation)
  const conversationId = rows[0]?.id
  if (conversationId === undefined) throw new Error('no conversation was opened')
  const addressId =
    phone === null ? null : await findAddress(database, workspaceId, conversationId, phone.e164)
  const message = await queueSend(
    database,
    enqueue,
    workspaceId,
    conversationId,
    sendSchema.parse({ kind: 'template', ...send, ...(addressId === null ? {} : { addressId }) }),
  )
  return { conversationId, message }
}

/** Of a conversation that shows several accounts, the one whose number was typed. */
async function findAddress(
  database: Database,
  workspaceId: string,
  conversationId: string,
  phone: string,
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select private.find_home(t.workspace_id, t.id) as id
    from public.contact_identities own
    join public.contact_identities i on i.workspace_id = own.workspace_id and i.root_id = own.root_id
    join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
    where own.workspace_id = ${workspaceId} and own.phone_normalized = ${phone}
      and t.root_id = ${conversationId} and t.split_from_id is null
    limit 1
  `.execute(database)
  return rows[0]?.id ?? null
}

async function readPhone(database: Database, workspaceId: string, typed: string) {
  const { default_country: country } = await database
    .selectFrom('workspaces')
    .select('default_country')
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  const phone = normalizeTypedPhone(typed, country)
  if (phone === null || phone.verdict === 'invalid') {
    throw new RuleViolation('phone_invalid', 'This is no phone number. Write it with its country code.')
  }
  return phone
}
