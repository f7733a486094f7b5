import { sql } from 'kysely'
import type { SendMessageJob } from '../queue/queue.ts'
import type { Database } from './database.ts'
import { fromNow } from './send-results.ts'

/** A reaction that is about to be sent. */
export interface ClaimedReaction {
  id: string
  targetWamid: string
  /** Null takes it off. */
  emoji: string | null
  /** 1 for the first. */
  attempt: number
  /** When the member chose it, as Postgres writes it: a newer choice takes away what came of this one. */
  chosenAt: string
}

/** What became of an attempt to send a reaction. */
export type ReactionResult =
  | { state: 'accepted'; wamid: string }
  | { state: 'failed'; code: string }
  | { state: 'waiting'; delayMs: number }
  /** Nobody can tell. It is not sent again by itself. */
  | { state: 'unknown' }

/**
 * A reaction of the thread that is on its way, which holds up everything else. One whose sender died counts as sent or
 * not, nobody knows.
 *
 * @returns for how many milliseconds its sender may still be at it; null when there is none
 */
export async function findReactionInFlight(
  database: Database,
  { workspaceId, conversationId }: SendMessageJob,
): Promise<number | null> {
  const row = await database
    .selectFrom('message_reactions')
    .select([
      'id',
      sql<number>`extract(epoch from send_due_at - clock_timestamp())::float8 * 1000`.as('leftMs'),
    ])
    .select(sql<string>`occurred_at::text`.as('chosenAt'))
    .select(['send_attempts as attempt', 'target_wamid as targetWamid', 'emoji'])
    .where('workspace_id', '=', workspaceId)
    .where('conversation_id', '=', conversationId)
    .where('send_state', '=', 'sending')
    .executeTakeFirst()
  if (row === undefined) return null
  if (row.leftMs > 0) return row.leftMs
  await recordReaction(database, workspaceId, row, { state: 'unknown' })
  return null
}

/** Takes the thread's oldest reaction that is due. The claim counts once the transaction has committed. */
export async function claimReaction(
  database: Database,
  { workspaceId, conversationId }: SendMessageJob,
  leaseMs: number,
): Promise<ClaimedReaction | null> {
  const row = await database
    .updateTable('message_reactions')
    .set((expression) => ({
      send_state: 'sending',
      send_attempts: expression('send_attempts', '+', 1),
      send_due_at: fromNow(leaseMs),
    }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', (query) =>
      query
        .selectFrom('message_reactions as r')
        .select('r.id')
        .where('r.workspace_id', '=', workspaceId)
        .where('r.conversation_id', '=', conversationId)
        .where('r.send_state', '=', 'waiting')
        .where('r.send_due_at', '<=', sql<Date>`clock_timestamp()`)
        .orderBy('r.send_due_at')
        .orderBy('r.id')
        .limit(1),
    )
    .returning(['id', 'target_wamid as targetWamid', 'emoji', 'send_attempts as attempt'])
    .returning(sql<string>`occurred_at::text`.as('chosenAt'))
    .executeTakeFirst()
  return row ?? null
}

/**
 * Writes down what became of a reaction. One that WhatsApp surely did not take gives its place back to what stood there
 * before. Where the member chose another one meanwhile, that one is to be sent next. Its conversation must be locked.
 */
export async function recordReaction(
  database: Database,
  workspaceId: string,
  reaction: Pick<ClaimedReaction, 'id' | 'attempt' | 'chosenAt' | 'targetWamid'>,
  result: ReactionResult,
): Promise<void> {
  const wamid = result.state === 'accepted' ? result.wamid : ''
  const code = result.state === 'failed' ? result.code : null
  const delayMs = result.state === 'waiting' ? result.delayMs : 0
  await sql`
    with settled as (
      update public.message_reactions r
      set send_state = case when r.occurred_at <> ${reaction.chosenAt}::timestamptz then 'waiting'
          else ${result.state}::public.send_state end,
        send_attempts = case when r.occurred_at <> ${reaction.chosenAt}::timestamptz then 0 else r.send_attempts end,
        send_due_at = case when r.occurred_at <> ${reaction.chosenAt}::timestamptz then clock_timestamp()
          when ${result.state} = 'waiting' then clock_timestamp() + ${delayMs} * interval '1 millisecond' end,
        wamid = case when r.wamid = '' then ${wamid} else r.wamid end,
        failure_code = ${code},
        emoji = case when ${result.state} = 'failed' and r.occurred_at = ${reaction.chosenAt}::timestamptz
          then r.previous_emoji else r.emoji end
      where r.workspace_id = ${workspaceId} and r.id = ${reaction.id}
        and r.send_state = 'sending' and r.send_attempts = ${reaction.attempt}
      returning r.channel_id, r.target_wamid
    )
    update public.messages m set changed_xid = pg_current_xact_id()
    from settled s
    where m.workspace_id = ${workspaceId} and m.channel_id = s.channel_id and m.wamid = s.target_wamid
  `.execute(database)
}
