import { sql } from 'kysely'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { formatPhone } from '../../domain/phone-number.ts'
import type { SearchQuery } from '../../domain/search-query.ts'
import type { ContactHit, MessageHit } from '../../domain/search-results.ts'
import { cutSnippet } from '../../domain/search-snippet.ts'
import type { Database } from './database.ts'
import { readPageCursor, toPageCursor } from './page-cursor.ts'

const snippetLength = 140

/**
 * People that fit a query, the best first; at most `limit`, without further pages.
 *
 * @throws RuleViolation `search_too_slow` when it takes over two seconds
 */
export async function searchContacts(
  database: Database,
  workspaceId: string,
  query: SearchQuery,
  limit: number,
): Promise<ContactHit[]> {
  const { phones, phoneStarts, lastDigits, email, name } = query
  if (phones.length === 0 && phoneStarts.length === 0 && email === null && name === null) return []
  const { rows } = await inTime(database, () =>
    sql<{
      contact_id: string
      conversation_id: string | null
      contact_name: string | null
      address: string | null
      match_kind: ContactHit['match']['kind']
      match_text: string | null
    }>`
      select * from private.search_contacts(
        ${workspaceId}, ${phones}, ${phoneStarts}, ${lastDigits}, ${email}, ${name}, ${limit}
      )
    `.execute(database),
  )
  return rows.map((row) => ({
    contactId: row.contact_id,
    conversationId: row.conversation_id,
    name: row.contact_name ?? row.address ?? 'WhatsApp user',
    address: row.address,
    match: {
      kind: row.match_kind,
      text:
        row.match_kind === 'former_phone' && row.match_text !== null
          ? formatPhone(row.match_text)
          : row.match_text,
    },
  }))
}

/**
 * One page of the messages that hold every word, the newest first.
 *
 * @param before `nextBefore` of the page above it
 * @throws RuleViolation `bad_cursor` when `before` is none of ours; `search_too_slow` when it takes over two seconds
 */
export async function searchMessages(
  database: Database,
  workspaceId: string,
  query: SearchQuery,
  before: string | null,
  limit: number,
): Promise<{ messages: MessageHit[]; nextBefore: string | null }> {
  const end = before === null ? null : readPageCursor(before)
  if (query.words === null) return { messages: [], nextBefore: null }
  const { rows } = await inTime(database, () =>
    sql<{
      message_id: string
      conversation_id: string
      contact_name: string | null
      address: string | null
      body: string
      direction: MessageHit['direction']
      occurred_at: Date
      stems: string[]
    }>`
      select * from private.search_messages(
        ${workspaceId}, ${query.words}, ${end?.moment ?? null}, ${end?.id ?? null}, ${limit + 1}
      )
    `.execute(database),
  )
  const messages = rows.slice(0, limit).map((row) => ({
    messageId: row.message_id,
    conversationId: row.conversation_id,
    contactName: row.contact_name ?? row.address ?? 'WhatsApp user',
    snippet: cutSnippet(row.body, row.stems, snippetLength),
    occurredAt: row.occurred_at.toISOString(),
    direction: row.direction,
  }))
  const last = messages.at(-1)
  return {
    messages,
    nextBefore:
      rows.length > limit && last !== undefined
        ? toPageCursor(new Date(last.occurredAt), last.messageId)
        : null,
  }
}

/** Gives up after two seconds: nobody waits longer for a search, and it must not take the database from the rest. */
async function inTime<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  await sql`set local statement_timeout = '2s'`.execute(database)
  try {
    return await work()
  } catch (error) {
    // 57014: query_canceled
    if (error instanceof Error && 'code' in error && error.code === '57014') {
      throw new RuleViolation('search_too_slow', 'This search takes too long: a further word makes it faster')
    }
    throw error
  }
}
