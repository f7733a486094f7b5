import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface SeedOptions {
  /** Who owns the workspace and signs in; the account exists. */
  ownerEmail: string
  conversations: number
  messagesEach: number
  log: (line: string) => void
}

export interface SeededInbox {
  workspaceId: string
  slug: string
}

/** Conversations whose messages are written in one statement. */
const together = 200

/**
 * Makes a workspace full of conversations, past ingestion but through the database's own triggers, so that every summary
 * and search index is as it would be.
 *
 * @param ownerUrl the database as the owner of its objects
 */
export async function seedInbox(ownerUrl: string, options: SeedOptions): Promise<SeededInbox> {
  const client = new pg.Client(ownerUrl)
  await client.connect()
  try {
    const inbox = await seedWorkspace(client, options.ownerEmail)
    for (let from = 0; from < options.conversations; from += together) {
      const count = Math.min(together, options.conversations - from)
      await client.query('begin')
      await client.query(seedPeople, [inbox.workspaceId, from, count])
      await client.query(seedMessages, [inbox.workspaceId, from, count, options.messagesEach])
      await client.query('commit')
      if ((from / together) % 10 === 9)
        options.log(`seeded ${String(from + count)} of ${String(options.conversations)} conversations`)
    }
    await client.query(markMostRead, [inbox.workspaceId])
    await client.query('analyze')
    return inbox
  } finally {
    await client.end()
  }
}

async function seedWorkspace(client: pg.Client, ownerEmail: string): Promise<SeededInbox> {
  const slug = `bench-${randomBytes(4).toString('hex')}`
  const { rows } = await client.query<{ id: string }>(
    `with made as (
       insert into public.workspaces (slug, name) values ($1, 'Toko Besar') returning id
     ), joined as (
       insert into public.workspace_members (workspace_id, user_id, role, display_name)
       select made.id, u.id, 'owner', 'Wulan' from made, auth.users u where u.email = $2
     ), connected as (
       insert into public.channels (workspace_id, name, phone_number_id, identity_scope)
       select made.id, 'Sales', 'bench-' || made.id, 'account' from made
     )
     select id from made`,
    [slug, ownerEmail],
  )
  const [row] = rows
  if (row === undefined) throw new Error('the workspace was not made')
  return { workspaceId: row.id, slug }
}

/** Every id is a digest of the workspace and a number, so that the statements below find each other's rows. */
const idOf = (kind: string, number: string) => `md5($1::uuid || '${kind}' || ${number})::uuid`

const seedPeople = `
  with numbered as (
    select n, (array['Sari', 'Budi', 'Dewi', 'Agus', 'Rina', 'Eko', 'Putri', 'Joko', 'Maya', 'Hadi'])[1 + n % 10]
      || ' ' || (array['Wijaya', 'Lestari', 'Santoso', 'Kusuma', 'Pratiwi', 'Nugroho', 'Halim'])[1 + n % 7]
      || ' ' || n as name
    from generate_series($2::int, $2::int + $3::int - 1) as n
  ), people as (
    insert into public.contacts (id, workspace_id, name, name_source, name_as_of)
    select ${idOf('contact', 'n')}, $1, name, 'whatsapp_profile', now() from numbered
  ), accounts as (
    insert into public.contact_identities
      (id, workspace_id, contact_id, phone, phone_normalized, phone_verdict, profile_name, first_seen_at)
    select ${idOf('identity', 'n')}, $1, ${idOf('contact', 'n')}, '62811' || lpad(n::text, 7, '0'),
      '+62811' || lpad(n::text, 7, '0'), 'valid', name, now()
    from numbered
  )
  insert into public.conversations (id, workspace_id, channel_id, identity_id, last_activity_at)
  select ${idOf('conversation', 'n')}, $1, ch.id, ${idOf('identity', 'n')}, now() - interval '1 year'
  from numbered, public.channels ch where ch.workspace_id = $1`

/** The newest conversation was written in a minute ago, each other one two minutes before the last. */
const seedMessages = `
  insert into public.messages (id, workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text,
    occurred_at, status, status_at)
  select private.make_time_ordered_id(), $1, ${idOf('conversation', 'n')}, ch.id, 'bench.' || $1 || '.' || n || '.' || k,
    (case when k % 3 = 2 then 'outbound' else 'inbound' end)::public.message_direction, 'cloud_api', 'text',
    (array[
      'Halo kak, barangnya masih ada?', 'Masih ada kak, silakan diorder ya', 'Berapa ongkos kirim ke Bandung?',
      'Could you send me the price list please', 'Baik, saya transfer sore ini', 'Terima kasih, pesanan sudah sampai',
      'Ukuran L warna hitam ada? Kalau ada saya ambil dua, dikirim hari ini juga ya kak'
    ])[1 + (n + k) % 7] || ' #' || k,
    now() - make_interval(mins => 1 + n * 2, secs => 30 * ($4::int - k)),
    case when k % 3 = 2 then 'read' end::public.message_status, case when k % 3 = 2 then now() end
  from generate_series($2::int, $2::int + $3::int - 1) as n
  cross join generate_series(1, $4::int) as k
  join public.channels ch on ch.workspace_id = $1`

/** Every tenth conversation stays unread. */
const markMostRead = `
  insert into public.conversation_reads (workspace_id, conversation_id, user_id, read_count)
  select c.workspace_id, c.id, m.user_id, c.inbound_count
  from public.conversations c
  join public.workspace_members m on m.workspace_id = c.workspace_id
  where c.workspace_id = $1 and abs(hashtext(c.id::text)) % 10 <> 0
  on conflict (workspace_id, user_id, conversation_id) do update set read_count = excluded.read_count`
