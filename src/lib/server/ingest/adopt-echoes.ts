import { sql } from 'kysely'
import { findSendOfEcho, type UnsettledSend } from '../../domain/send-match.ts'
import { noAnswerCode } from '../../domain/send-outcome.ts'
import type { Database } from '../database/database.ts'

/** An outbound message that WhatsApp tells of: perhaps one of ours whose answer we have not had yet. */
export interface Echo {
  /** Ledger row. */
  id: number
  channelId: string
  conversationId: string
  wamid: string
  type: string
  text: string | null
  occurredAt: Date
  callbackData: string | null
  /** Sent through the API. What a colleague typed on the phone can be none of ours. */
  isFromApi: boolean
}

export interface EchoVerdict {
  /** Belong to a row that is there already. */
  adopted: Set<number>
  /** Cannot be told while a send to that person is under way. */
  deferred: Set<number>
}

type Candidate = UnsettledSend & { conversationId: string }

/**
 * Finds the own message behind each echo. The webhook `sent` often comes before the answer to the send, and must not
 * make a second bubble. By our reference where Kapso gives it back; else the echo waits while a send to that person is
 * under way; else it is held against sends whose outcome nobody knows.
 */
export async function adoptEchoes(
  database: Database,
  workspaceId: string,
  echoes: Echo[],
): Promise<EchoVerdict> {
  const verdict: EchoVerdict = { adopted: new Set(), deferred: new Set() }
  const fromApi = echoes.filter((echo) => echo.isFromApi)
  if (fromApi.length === 0) return verdict
  const known = await findKnownWamids(database, workspaceId, fromApi)
  const candidates = await findCandidates(database, workspaceId, fromApi)

  for (const echo of fromApi.sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime())) {
    if (known.has(`${echo.channelId} ${echo.wamid}`)) {
      verdict.adopted.add(echo.id)
      continue
    }
    const inThread = candidates.filter((candidate) => candidate.conversationId === echo.conversationId)
    const isUnderWay = inThread.some(({ sendState }) => sendState === 'sending' || sendState === 'checking')
    const messageId = isUnderWay ? echo.callbackData : findSend(echo, inThread)
    const match = inThread.find((candidate) => candidate.messageId === messageId)
    if (match !== undefined) {
      await adopt(database, workspaceId, match.messageId, echo)
      candidates.splice(candidates.indexOf(match), 1)
      known.add(`${echo.channelId} ${echo.wamid}`)
      verdict.adopted.add(echo.id)
    } else if (isUnderWay) {
      verdict.deferred.add(echo.id)
    }
  }
  return verdict
}

function findSend(echo: Echo, sends: Candidate[]): string | null {
  return findSendOfEcho(
    {
      reference: echo.callbackData,
      origin: 'cloud_api',
      type: echo.type,
      text: echo.text,
      sentAt: echo.occurredAt,
    },
    sends,
  )
}

async function findKnownWamids(
  database: Database,
  workspaceId: string,
  echoes: Echo[],
): Promise<Set<string>> {
  const { rows } = await sql<{ channel_id: string; wamid: string }>`
    select m.channel_id, m.wamid
    from public.messages m
    join unnest(${echoes.map((echo) => echo.channelId)}::uuid[], ${echoes.map((echo) => echo.wamid)}::text[])
      as e (channel_id, wamid) using (channel_id, wamid)
    where m.workspace_id = ${workspaceId}
  `.execute(database)
  return new Set(rows.map((row) => `${row.channel_id} ${row.wamid}`))
}

async function findCandidates(database: Database, workspaceId: string, echoes: Echo[]): Promise<Candidate[]> {
  const rows = await database
    .selectFrom('messages as m')
    // An own message may stand in a thread that was joined with the echo's meanwhile.
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .select(['m.id', 'm.type', 'm.text', 'm.send_state', 'm.send_started_at', 'm.failure_code'])
    .select(sql<string>`private.find_home(c.workspace_id, c.id)`.as('conversation_id'))
    .where('m.workspace_id', '=', workspaceId)
    .where('c.workspace_id', '=', workspaceId)
    .where(
      sql<boolean>`c.id = any(array(
        -- All threads of the account on its channel: a part of one, or one that shows elsewhere, may hold it.
        select t.id
        from public.conversations home
        join public.contact_identities own
          on own.workspace_id = home.workspace_id and own.id = home.identity_id
        join public.contact_identities i on i.workspace_id = own.workspace_id and i.root_id = own.root_id
        join public.conversations t
          on t.workspace_id = i.workspace_id and t.identity_id = i.id and t.channel_id = home.channel_id
        where home.workspace_id = ${workspaceId}
          and home.id = any(${[...new Set(echoes.map((echo) => echo.conversationId))]}::uuid[])
      ))`,
    )
    .where('wamid', 'is', null)
    .where((eb) =>
      eb.or([
        eb('send_state', 'in', ['sending', 'checking', 'unknown']),
        // Given up, or about to be sent once more, because no list held it.
        eb.and([eb('send_state', 'in', ['waiting', 'failed']), eb('failure_code', '=', noAnswerCode)]),
      ]),
    )
    .execute()
  return rows.map((row) => ({
    messageId: row.id,
    conversationId: row.conversation_id,
    type: row.type,
    text: row.text,
    sendState: row.send_state ?? 'unknown',
    failureCode: row.failure_code,
    startedAt: row.send_started_at,
  }))
}

async function adopt(database: Database, workspaceId: string, messageId: string, echo: Echo): Promise<void> {
  await database
    .updateTable('messages')
    .set({
      wamid: echo.wamid,
      send_state: 'accepted',
      send_due_at: null,
      failed_at: null,
      failure_code: null,
    })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', messageId)
    .execute()
}
