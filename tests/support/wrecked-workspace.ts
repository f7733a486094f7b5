import type { TestDatabase } from './database.ts'
import { phoneNumberIds, type GeneratedEvent } from './generated-history.ts'
import { sign } from './kapso-bodies.ts'
import type { Pipeline } from './pipeline.ts'
import { queryOnce } from './query.ts'
import { makeWorkspace, type TestWorkspace } from './workspace.ts'

/** A workspace with the two channels of a generated history, under numbers of its own. */
export async function makeTwoChannels(database: TestDatabase): Promise<TestWorkspace> {
  const workspace = await makeWorkspace(database.adminUrl)
  const { workspaceId } = workspace
  const [first, second] = numbersOf(workspaceId)
  await queryOnce(
    database.adminUrl,
    `update channels set phone_number_id = $2, name = 'first' where workspace_id = $1`,
    [workspaceId, first],
  )
  await queryOnce(
    database.adminUrl,
    `insert into channels (workspace_id, name, phone_number_id, identity_scope) values ($1, 'second', $2, 'account')`,
    [workspaceId, second],
  )
  return workspace
}

/** Tells a workspace an event of a history, and has it applied. */
export async function tellEvent(
  pipeline: Pipeline,
  workspace: TestWorkspace,
  event: GeneratedEvent,
): Promise<void> {
  const own = numbersOf(workspace.workspaceId)
  const body = phoneNumberIds.reduce(
    (text, id, index) => text.replaceAll(id, own[index] ?? ''),
    JSON.stringify(event.body),
  )
  const status = await pipeline.deliver(workspace, sign(event.name, body, workspace.secret))
  if (status !== 200) throw new Error(`the door answered ${String(status)}`)
  await pipeline.applyAll(workspace)
}

function numbersOf(workspaceId: string): [string, string] {
  const digits = BigInt(`0x${workspaceId.replaceAll('-', '').slice(0, 12)}`)
    .toString()
    .slice(0, 13)
    .padStart(13, '1')
  return [`7${digits}`, `8${digits}`]
}

/**
 * Leaves a workspace as a mistaken import and an older version would have: numbers written as people type them and read
 * without the country; the others there twice, the second time with every other message; threads of accounts that are one
 * standing apart.
 *
 * @param doubled whose numbers end in such a digit
 */
export async function wreck(
  database: TestDatabase,
  workspaceId: string,
  doubled: 'odd' | 'even',
): Promise<void> {
  const isDoubled = `right(%, 1)::int % 2 = ${doubled === 'odd' ? '1' : '0'}`
  const numberOf = (column: string, is: boolean) => `${is ? '' : 'not '}(${isDoubled.replace('%', column)})`
  const statements = [
    // Threads of one account lose the edges between them.
    `delete from conversation_joins where workspace_id = $1`,
    `update conversations set root_id = id where workspace_id = $1 and root_id <> id`,
    // Everybody with a number a second time.
    `create temporary table doubled as
     select i.id, i.contact_id, i.phone_normalized, gen_random_uuid() as twin_id, gen_random_uuid() as twin_contact_id
     from contact_identities i where i.workspace_id = $1 and i.phone_normalized is not null and i.root_id = i.id
       and ${numberOf('i.phone_normalized', true)}`,
    `insert into contacts (id, workspace_id, name, name_source)
     select d.twin_contact_id, $1, c.name, case when c.name is not null then 'import'::field_source end
     from doubled d join contacts k on k.id = d.contact_id join contacts c on c.id = k.root_id`,
    `insert into contact_identities (id, workspace_id, contact_id, phone, source)
     select d.twin_id, $1, d.twin_contact_id,
       '0' || substr(d.phone_normalized, 4, 3) || ' ' || substr(d.phone_normalized, 7), 'import'
     from doubled d`,
    `insert into conversations (workspace_id, channel_id, identity_id, last_activity_at)
     select $1, c.channel_id, d.twin_id, min(c.last_activity_at)
     from doubled d join conversations c on c.identity_id = d.id
     group by c.channel_id, d.twin_id`,
    `with moved as (
       select m.id, t.id as twin_thread
       from (
         select m.id, m.conversation_id, row_number() over (partition by m.conversation_id order by m.occurred_at, m.id) as place
         from messages m where m.workspace_id = $1
       ) m
       join conversations c on c.id = m.conversation_id
       join doubled d on d.id = c.identity_id
       join conversations t on t.identity_id = d.twin_id and t.channel_id = c.channel_id
       where m.place % 2 = 0
     )
     update messages m set conversation_id = moved.twin_thread from moved where m.id = moved.id`,
    // As each thread by itself would have it.
    `update conversations c
     set last_message_id = (
         select m.id from messages m where m.conversation_id = c.id order by m.occurred_at desc, m.id desc limit 1
       ),
       last_inbound_at = (
         select max(m.occurred_at) from messages m where m.conversation_id = c.id and m.direction = 'inbound'
       ),
       inbound_count = (
         select count(*) from messages m
         where m.conversation_id = c.id and m.direction = 'inbound' and not m.is_silent
       ),
       last_activity_at = coalesce(
         (select max(m.occurred_at) from messages m where m.conversation_id = c.id), c.last_activity_at)
     where c.workspace_id = $1`,
    // The other numbers as they were typed, read as if they were international.
    `update identity_phones p
     set phone = '0' || substr(p.phone_normalized, 4, 3) || '-' || substr(p.phone_normalized, 7),
       phone_normalized = '+' || substr(p.phone_normalized, 4)
     where p.workspace_id = $1 and ${numberOf('p.phone_normalized', false)}`,
    `update contact_identities i
     set phone = '0' || substr(i.phone_normalized, 4, 3) || '-' || substr(i.phone_normalized, 7),
       phone_normalized = '+' || substr(i.phone_normalized, 4), source = 'import'
     where i.workspace_id = $1 and ${numberOf('i.phone_normalized', false)}`,
  ]
  const { default: pg } = await import('pg')
  const client = new pg.Client(database.adminUrl)
  await client.connect()
  try {
    await client.query('begin')
    for (const statement of statements) {
      // A temporary table takes no parameters.
      await client.query(statement.replaceAll('$1', client.escapeLiteral(workspaceId)))
    }
    await client.query('drop table doubled')
    await client.query('commit')
  } finally {
    await client.end()
  }
}

/** People and conversations as the product shows them: whom one takes for one, their numbers, and what was written. */
export function readAsSeen(database: TestDatabase, workspaceId: string): Promise<Record<string, unknown>[]> {
  return queryOnce<Record<string, unknown>>(
    database.adminUrl,
    `select coalesce(p.chosen_name, p.name) as name, p.lead_status,
       array(
         select distinct i.phone_normalized from contact_identities i join contacts k on k.id = i.contact_id
         where k.root_id = p.id and i.phone_normalized is not null order by 1
       ) as numbers,
       array(
         select distinct h.phone_normalized from identity_phones h
         join contact_identities i on i.id = h.identity_id join contacts k on k.id = i.contact_id
         where k.root_id = p.id order by 1
       ) as numbers_ever,
       array(
         select distinct b.value from business_scoped_ids b
         join contact_identities i on i.id = b.identity_id join contacts k on k.id = i.contact_id
         where k.root_id = p.id order by 1
       ) as ids,
       (
         select coalesce(jsonb_agg(jsonb_build_array(s.channel, s.wamids, s.inbound_count, s.last_wamid, s.last_inbound_at,
           s.last_activity_at) order by s.channel, s.wamids), '[]')
         from (
           select h.name as channel, c.inbound_count, l.wamid as last_wamid, c.last_inbound_at, c.last_activity_at,
             array(
               select m.wamid from messages m join conversations t on t.id = m.conversation_id
               where t.root_id = c.id order by m.occurred_at, m.id
             ) as wamids
           from conversations c
           join channels h on h.id = c.channel_id
           join contact_identities i on i.id = c.identity_id
           join contacts k on k.id = i.contact_id
           left join messages l on l.id = c.last_message_id
           where k.root_id = p.id and c.root_id = c.id and c.last_message_id is not null
         ) s
       ) as conversations
     from contacts p
     where p.workspace_id = $1 and p.is_root and p.set_aside_at is null
     order by 3, 5, 6`,
    [workspaceId],
  )
}
