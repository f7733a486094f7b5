import type pg from 'pg'

/** A workspace of one size. */
export interface SeededWorkspace {
  workspaceId: string
  ownerId: string
}

export interface SeedSize {
  contacts: number
  conversations: number
  messages: number
}

const firstNames =
  'Budi Siti Agus Dewi Rina Andi Putri Eko Wati Joko Sri Hendra Maya Rudi Lina Bambang Yanti Dedi Fitri Arif Nina Tono Ayu Wahyu Ratna Iwan Indah Yusuf Mega Surya Kartika Galih Citra Bayu Nur Rizky Tari Fajar Laras Doni'
const lastNames =
  'Santoso Wijaya Setiawan Hidayat Nugroho Kusuma Saputra Lestari Halim Pratama Wibowo Utami Susanto Rahayu Gunawan Permata Siregar Nasution Simanjuntak Hartono Firmansyah Maulana Anggraini Suryadi Purnomo Handayani Sitorus Tanuwijaya Kurniawan Mulyadi'
// Common first: a word's place decides how often it is said.
const saidWords =
  'kak harga yang ada berapa ini mau bisa kirim halo terima kasih ya saya untuk order barang ukuran warna sepatu stok hari ini besok alamat transfer bayar ongkir foto produk promo diskon gratis hitam putih merah biru kulit tas baju celana jaket pembelian membeli pengiriman dikirim pesanan memesan the is are please price delivery address thanks available when black white size order payment invoice shipping tomorrow'

/**
 * Fills a workspace by SQL, past the triggers: people with numbers and names, threads of even length, messages of words
 * of which few are common and many are rare, evenly over a year. Search's own rows are made by its own functions.
 */
export async function seedWorkspace(
  admin: pg.Client,
  name: string,
  size: SeedSize,
): Promise<SeededWorkspace> {
  const { rows } = await admin.query<{ workspace: string; owner: string; channel: string }>(
    'select gen_random_uuid() as workspace, gen_random_uuid() as owner, gen_random_uuid() as channel',
  )
  const { workspace, owner, channel } = rows[0] ?? { workspace: '', owner: '', channel: '' }
  await admin.query('begin')
  await admin.query('set local session_replication_role = replica')
  await admin.query(`insert into auth.users (id, email) values ($1, $2)`, [owner, `${owner}@example.com`])
  await admin.query(`insert into public.workspaces (id, slug, name) values ($1, $2, $2)`, [
    workspace,
    `${name}-${workspace.slice(0, 8)}`,
  ])
  await admin.query(
    `insert into public.workspace_members (workspace_id, user_id, role, display_name) values ($1, $2, 'owner', 'Owner')`,
    [workspace, owner],
  )
  await admin.query(
    `insert into public.channels (id, workspace_id, name, phone_number_id, identity_scope)
     values ($1, $2, 'Sales', $3, 'account')`,
    [channel, workspace, `1${workspace.replace(/\D/g, '').slice(0, 10)}`],
  )
  await admin.query('select setseed(0.42)')
  await seedPeople(admin, workspace, size.contacts)
  await seedThreads(admin, workspace, channel, size)
  await admin.query('commit')
  return { workspaceId: workspace, ownerId: owner }
}

async function seedPeople(admin: pg.Client, workspace: string, contacts: number): Promise<void> {
  await admin.query(
    `create temp table seeded on commit drop as
     select n, gen_random_uuid() as contact_id, gen_random_uuid() as identity_id,
       '+62812' || lpad(n::text, 8, '0') as phone,
       first[1 + floor(random() * cardinality(first))::int] || ' ' || last[1 + floor(random() * cardinality(last))::int]
         || case when random() < 0.5
           then ' ' || last[1 + floor(random() * cardinality(last))::int] else '' end as name
     from generate_series(1, $1::int) n,
       (select string_to_array($2, ' ') as first, string_to_array($3, ' ') as last) names`,
    [contacts, firstNames, lastNames],
  )
  await admin.query(
    `insert into public.contacts (id, workspace_id, name, name_source, root_id, email)
     select contact_id, $1, name, 'whatsapp_profile', contact_id,
       lower(replace(name, ' ', '.')) || n || '@example.com' from seeded`,
    [workspace],
  )
  await admin.query(
    `insert into public.contact_identities
       (id, workspace_id, contact_id, phone, phone_normalized, phone_verdict, profile_name, root_id)
     select identity_id, $1, contact_id, phone, phone, 'valid', name, identity_id from seeded`,
    [workspace],
  )
  await admin.query(
    `insert into public.identity_phones
       (workspace_id, identity_id, phone_normalized, first_seen_at, last_seen_at, phone, phone_verdict)
     select $1, identity_id, phone, now(), now(), phone, 'valid' from seeded`,
    [workspace],
  )
}

async function seedThreads(
  admin: pg.Client,
  workspace: string,
  channel: string,
  { conversations, messages }: SeedSize,
): Promise<void> {
  await admin.query(
    `create temp table threads on commit drop as
     select row_number() over () - 1 as place, gen_random_uuid() as id, identity_id from seeded where n <= $1`,
    [conversations],
  )
  await admin.query(
    `insert into public.conversations (id, workspace_id, channel_id, identity_id, root_id, last_activity_at)
     select id, $1, $2, identity_id, id, now() from threads`,
    [workspace, channel],
  )
  await admin.query(
    `insert into public.messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
     select $1, t.id, $2, 'wamid.' || s.n, case when s.n % 2 = 0 then 'inbound' else 'outbound' end::public.message_direction,
       'cloud_api', 'text',
       (select string_agg(words[1 + floor(power(random(), 2.5) * cardinality(words))::int + 0 * i], ' ')
        from generate_series(1, 4 + s.n % 12) i)
       || case when s.n % 50 = 0 then ' INV' || s.n else '' end,
       now() - (($3::int - s.n) * interval '365 days' / $3::int)
     from generate_series(1, $3::int) as s (n)
     join threads t on t.place = (s.n::bigint * 7919) % $4::int
     cross join (select string_to_array($5, ' ') as words) w`,
    [workspace, channel, messages, Math.max(conversations, 1), saidWords],
  )
  await admin.query(
    `update public.conversations c set last_message_id = m.id, last_activity_at = m.occurred_at
     from (select distinct on (conversation_id) conversation_id, id, occurred_at from public.messages
           where workspace_id = $1 order by conversation_id, occurred_at desc, id desc) m
     where c.id = m.conversation_id`,
    [workspace],
  )
  await admin.query(
    `insert into private.message_words (workspace_id, message_id, conversation_id, occurred_at, words)
     select m.workspace_id, m.id, m.conversation_id, m.occurred_at, private.make_search_words(m.text)
     from public.messages m where m.workspace_id = $1 order by m.occurred_at`,
    [workspace],
  )
}
