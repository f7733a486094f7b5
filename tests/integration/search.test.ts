import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSearchQuery } from '../../src/lib/domain/search-query.ts'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import { searchContacts, searchMessages } from '../../src/lib/server/database/search.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let admin: pg.Client
let pool: pg.Pool
let asMember: AsMember
let workspace: TestWorkspace
let owner: Claims

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  pool = new pg.Pool({ connectionString: database.webUrl, max: 2 })
  asMember = createAsMember(createDatabase(pool), () => Promise.resolve())
  workspace = await makeWorkspace(database.adminUrl)
  owner = { sub: workspace.ownerId, exp: 0 }
})

afterAll(async () => {
  await pool.end()
  await admin.end()
  await database.drop()
})

interface Person {
  contactId: string
  identityId: string
  conversationId: string
}

/** Somebody with a thread; whoever has `contactId` shares the contact. */
async function makePerson(
  of: TestWorkspace,
  facts: { name?: string; profileName?: string; phone?: string; email?: string; username?: string },
): Promise<Person> {
  const person = { contactId: randomUUID(), identityId: randomUUID(), conversationId: randomUUID() }
  await admin.query(
    `insert into contacts (id, workspace_id, name, name_source, email) values ($1, $2, $3, $4, $5)`,
    [person.contactId, of.workspaceId, facts.name, facts.name && 'staff', facts.email],
  )
  await admin.query(
    `insert into contact_identities
       (id, workspace_id, contact_id, phone, phone_normalized, phone_verdict, profile_name, username)
     values ($1, $2, $3, $4, $4, 'valid', $5, $6)`,
    [person.identityId, of.workspaceId, person.contactId, facts.phone, facts.profileName, facts.username],
  )
  await admin.query(
    `insert into conversations (id, workspace_id, channel_id, identity_id, last_activity_at)
     values ($1, $2, $3, $4, now())`,
    [person.conversationId, of.workspaceId, of.channelId, person.identityId],
  )
  return person
}

let wamids = 0

async function say(
  of: TestWorkspace,
  person: Person,
  text: string,
  at = '2026-01-01T10:00:00Z',
): Promise<string> {
  wamids++
  const { rows } = await admin.query<{ id: string }>(
    `insert into messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
     values ($1, $2, $3, $4, 'inbound', 'cloud_api', 'text', $5, $6) returning id`,
    [of.workspaceId, person.conversationId, of.channelId, `wamid.${String(wamids)}`, text, at],
  )
  return rows[0]?.id ?? ''
}

async function findContacts(text: string, claims = owner, of = workspace) {
  return asMember(claims, (trx) => searchContacts(trx, of.workspaceId, readSearchQuery(text, 'ID'), 20))
}

const contactIds = async (text: string, claims = owner, of = workspace) =>
  (await findContacts(text, claims, of)).map(({ contactId }) => contactId)

async function findMessages(
  text: string,
  claims = owner,
  of = workspace,
  before: string | null = null,
  limit = 20,
) {
  return asMember(claims, (trx) =>
    searchMessages(trx, of.workspaceId, readSearchQuery(text, 'ID'), before, limit),
  )
}

const messageIds = async (text: string, claims = owner, of = workspace) =>
  (await findMessages(text, claims, of)).messages.map(({ messageId }) => messageId)

describe('people by number', () => {
  let rina: Person

  beforeAll(async () => {
    rina = await makePerson(workspace, { name: 'Rina Wijaya', phone: '+6281200004711' })
    await makePerson(workspace, { name: 'Budi Hartono', phone: '+6281200008822' })
    await say(workspace, rina, 'Halo')
  })

  test.each([
    '081200004711',
    '0812-0000-4711',
    '+62 812 0000 4711',
    '6281200004711',
    '0062 812 0000 4711',
    '+62 (0)812 0000 4711',
    'https://wa.me/6281200004711?text=Halo',
    'https://api.whatsapp.com/send?phone=%2B6281200004711',
    '4711',
    '00004711',
  ])('finds %s', async (text) => {
    expect(await contactIds(text)).toEqual([rina.contactId])
  })

  test('finds everybody whose number begins so', async () => {
    expect(await findContacts('+62 812 0000')).toHaveLength(2)
  })

  test('says where the thread is, and shows the number', async () => {
    expect(await findContacts('4711')).toEqual([
      {
        contactId: rina.contactId,
        conversationId: rina.conversationId,
        name: 'Rina Wijaya',
        address: '+6281200004711',
        match: { kind: 'phone', text: null },
      },
    ])
  })

  test('finds nobody by digits from the middle', async () => {
    expect(await findContacts('0471')).toEqual([])
  })

  test('finds somebody by a former number, and says so', async () => {
    await admin.query(
      `insert into identity_phones
         (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
       values ($1, $2, '+6281200009933', '+6281200009933', 'valid', '2025-01-01', '2025-01-02')`,
      [workspace.workspaceId, rina.identityId],
    )
    for (const text of ['0812 0000 9933', '9933']) {
      expect(await findContacts(text)).toMatchObject([
        { contactId: rina.contactId, match: { kind: 'former_phone', text: '+62 812 0000 9933' } },
      ])
    }
  })
})

describe('people by name and e-mail', () => {
  let people: Record<'siti' | 'mohamed' | 'wang' | 'jose' | 'profile' | 'mail', Person>

  beforeAll(async () => {
    people = {
      siti: await makePerson(workspace, { name: 'Siti Nurhaliza Kurniawan' }),
      mohamed: await makePerson(workspace, { name: 'محمد الأحمد' }),
      wang: await makePerson(workspace, { name: '王小明' }),
      jose: await makePerson(workspace, { name: 'José D’Ávila' }),
      profile: await makePerson(workspace, { profileName: 'Toko Berkah 🌸', username: 'berkah.store' }),
      mail: await makePerson(workspace, { name: 'Dewi', email: 'Dewi.Lestari@Example.com' }),
    }
  })

  test.each([
    ['siti', 'siti'],
    ['SITI NUR', 'siti'],
    ['kurniawan', 'siti'],
    ['kurniawan siti', 'siti'],
    ['sitti nurhaliza', 'siti'],
    ['nurhalisa', 'siti'],
    ['kurnaiwan', 'siti'],
    ['محمد', 'mohamed'],
    ['مُحَمَّد', 'mohamed'],
    ['الاحمد', 'mohamed'],
    ['王小明', 'wang'],
    ['小明', 'wang'],
    ['王', 'wang'],
    ['jose', 'jose'],
    ["d'avila", 'jose'],
    ['berkah', 'profile'],
    ['@berkah.store', 'profile'],
    ['dewi.lestari@example.com', 'mail'],
  ] as const)('finds %s', async (text, who) => {
    expect(await contactIds(text)).toEqual([people[who].contactId])
  })

  test('finds an e-mail address by its beginning, and says what was found', async () => {
    expect(await findContacts('dewi.lestari@ex')).toMatchObject([
      { contactId: people.mail.contactId, match: { kind: 'email', text: 'Dewi.Lestari@Example.com' } },
    ])
  })

  test('finds by one letter', async () => {
    expect(await contactIds('t')).toEqual([people.profile.contactId])
  })

  test('does not take one name for quite another', async () => {
    expect(await findContacts('Xaverius')).toEqual([])
  })
})

test('shows people that were joined once, under the one who stands for them', async () => {
  const kept = await makePerson(workspace, { name: 'Galih Pratama', phone: '+6281200006601' })
  const joined = await makePerson(workspace, { name: 'Galang P', phone: '+6281200006602' })
  await admin.query(`update contacts set root_id = $1 where id = $2`, [kept.contactId, joined.contactId])
  await say(workspace, joined, 'Dari nomor lain', '2027-01-01T00:00:00Z')
  for (const text of ['galang', 'galih', '6601', '6602', 'gal']) {
    expect(await findContacts(text)).toMatchObject([
      { contactId: kept.contactId, name: 'Galih Pratama', conversationId: joined.conversationId },
    ])
  }
})

describe('messages', () => {
  let shop: TestWorkspace
  let boss: Claims
  let person: Person

  beforeAll(async () => {
    shop = await makeWorkspace(database.adminUrl)
    boss = { sub: shop.ownerId, exp: 0 }
    person = await makePerson(shop, { name: 'Maya', phone: '+6281200005501' })
  })

  test('finds words by their Indonesian and English stems, with the words marked', async () => {
    const bought = await say(shop, person, 'Kapan pembelian saya dikirim?')
    const stories = await say(shop, person, 'We love your stories')
    expect(await messageIds('membeli', boss, shop)).toEqual([bought])
    expect(await messageIds('story', boss, shop)).toEqual([stories])
    const { messages } = await findMessages('beli', boss, shop)
    expect(messages).toMatchObject([
      {
        messageId: bought,
        conversationId: person.conversationId,
        contactName: 'Maya',
        direction: 'inbound',
        snippet: [
          { text: 'Kapan ', isHit: false },
          { text: 'pembelian', isHit: true },
          { text: ' saya dikirim?', isHit: false },
        ],
      },
    ])
  })

  test('finds a message that holds every word, in any order, the last one unfinished', async () => {
    const both = await say(shop, person, 'Sepatu hitam ukuran 42')
    await say(shop, person, 'Sepatu putih')
    expect(await messageIds('hitam sepatu', boss, shop)).toEqual([both])
    expect(await messageIds('sepatu hit', boss, shop)).toEqual([both])
    expect(await messageIds('42', boss, shop)).toEqual([both])
    expect(await messageIds('hit sepatu', boss, shop)).toEqual([])
  })

  test.each([
    ['Terima kasih — café', 'cafe'],
    ['您好，我要买鞋', '买鞋'],
    ['السلام عليكم يا أحمد', 'احمد'],
    ['Привет, сколько стоит?', 'сколько'],
    ['Mantap 👍🏽 banget', 'mantap'],
    ['tautan: https://example.com/katalog?x=1', 'katalog'],
  ])('finds in %s', async (text, query) => {
    const id = await say(shop, person, text)
    expect(await messageIds(query, boss, shop)).toEqual([id])
  })

  test('keeps markup as text', async () => {
    await say(shop, person, '<img src=x onerror=alert(1)> bandung')
    const { messages } = await findMessages('bandung', boss, shop)
    expect(messages[0]?.snippet).toEqual([
      { text: '<img src=x onerror=alert(1)> ', isHit: false },
      { text: 'bandung', isHit: true },
    ])
  })

  test('has no end in time, and pages through all that there is, the newest first, each once', async () => {
    const years = [2016, 2018, 2020, 2022, 2024, 2026, 2027]
    const said: string[] = []
    for (const year of years)
      said.unshift(await say(shop, person, `kebaya ${String(year)}`, `${String(year)}-03-01T00:00:00Z`))
    const seen: string[] = []
    let before: string | null = null
    do {
      const page: Awaited<ReturnType<typeof findMessages>> = await findMessages(
        'kebaya',
        boss,
        shop,
        before,
        3,
      )
      seen.push(...page.messages.map(({ messageId }) => messageId))
      before = page.nextBefore
    } while (before !== null)
    expect(seen).toEqual(said)
  })

  test('finds a rare word behind thousands of newer messages', async () => {
    const crowd = await makeWorkspace(database.adminUrl)
    const somebody = await makePerson(crowd, { name: 'Joko' })
    const rare = await say(crowd, somebody, 'kode unikum', '2020-01-01T00:00:00Z')
    await admin.query(
      `insert into messages
         (workspace_id, conversation_id, channel_id, direction, origin, type, text, occurred_at)
       select $1, $2, $3, 'inbound', 'cloud_api', 'text', 'halo kak ' || n, '2026-01-01'
       from generate_series(1, 4500) n`,
      [crowd.workspaceId, somebody.conversationId, crowd.channelId],
    )
    const claims = { sub: crowd.ownerId, exp: 0 }
    expect(await messageIds('unikum', claims, crowd)).toEqual([rare])
    expect(await messageIds('halo', claims, crowd)).toHaveLength(20)
  })

  test('follows a message whose text changes, and one that goes', async () => {
    const id = await say(shop, person, 'batik biru')
    await admin.query(`update messages set text = 'batik merah' where id = $1`, [id])
    expect(await messageIds('batik biru', boss, shop)).toEqual([])
    expect(await messageIds('batik merah', boss, shop)).toEqual([id])
    await admin.query('delete from messages where id = $1', [id])
    expect(await messageIds('batik', boss, shop)).toEqual([])
  })

  test('takes in a message of any length', async () => {
    await say(shop, person, `panjang ${'kata '.repeat(200_000)}${'x'.repeat(5000)}`)
    expect(await messageIds('panjang', boss, shop)).toHaveLength(1)
  })
})

describe('who may find what', () => {
  let guarded: TestWorkspace
  let boss: Claims
  let agent: Claims
  let mine: Person
  let theirs: Person
  let myMessage: string

  beforeAll(async () => {
    guarded = await makeWorkspace(database.adminUrl)
    boss = { sub: guarded.ownerId, exp: 0 }
    agent = await addMember(database.adminUrl, guarded.workspaceId, 'agent')
    await admin.query(`update workspace_members set visibility = 'own' where user_id = $1`, [agent.sub])
    mine = await makePerson(guarded, {
      name: 'Ratna Sari',
      phone: '+6281200007701',
      email: 'ratna@example.com',
    })
    theirs = await makePerson(guarded, {
      name: 'Ratna Dewi',
      phone: '+6281200007702',
      email: 'ratna.d@example.com',
    })
    await admin.query('update conversations set assignee_id = $1 where id = $2', [
      agent.sub,
      mine.conversationId,
    ])
    myMessage = await say(guarded, mine, 'rahasia saya')
    await say(guarded, theirs, 'rahasia mereka')
  })

  test.each([
    'ratna',
    'ratna@',
    'ratna@e',
    '77',
    '+62 812 0000 77',
    '7702',
    '7701',
    'ratan',
    'ratna dewi',
    'dewi',
  ])('own only: %s finds nobody else’s people', async (text) => {
    const found = await contactIds(text, agent, guarded)
    expect(found).not.toContain(theirs.contactId)
  })

  test('own only: finds one’s own people and messages', async () => {
    expect(await contactIds('ratna', agent, guarded)).toEqual([mine.contactId])
    expect(await contactIds('7701', agent, guarded)).toEqual([mine.contactId])
    expect(await messageIds('rahasia', agent, guarded)).toEqual([myMessage])
    expect(await messageIds('mereka', agent, guarded)).toEqual([])
    expect(await contactIds('ratna', boss, guarded)).toHaveLength(2)
    expect(await messageIds('rahasia', boss, guarded)).toHaveLength(2)
  })

  test('team: finds what the team has', async () => {
    const teamId = randomUUID()
    const mate = await addMember(database.adminUrl, guarded.workspaceId, 'agent')
    await admin.query(`update workspace_members set visibility = 'team' where user_id = $1`, [mate.sub])
    await admin.query(`insert into teams (id, workspace_id, name) values ($1, $2, 'Toko')`, [
      teamId,
      guarded.workspaceId,
    ])
    expect(await contactIds('ratna', mate, guarded)).toEqual([])
    await admin.query('insert into team_members (workspace_id, team_id, user_id) values ($1, $2, $3)', [
      guarded.workspaceId,
      teamId,
      mate.sub,
    ])
    await admin.query('update conversations set team_id = $1 where id = $2', [teamId, theirs.conversationId])
    expect(await contactIds('ratna', mate, guarded)).toEqual([theirs.contactId])
    expect((await findMessages('rahasia', mate, guarded)).messages).toMatchObject([
      { contactName: 'Ratna Dewi' },
    ])
  })

  test('nobody finds anything in another workspace, or after they were removed', async () => {
    await expect(findContacts('ratna', owner, guarded)).rejects.toMatchObject({ code: '42501' })
    await expect(findMessages('rahasia', owner, guarded)).rejects.toMatchObject({ code: '42501' })
    const gone = await addMember(database.adminUrl, guarded.workspaceId, 'agent')
    expect(await messageIds('rahasia', gone, guarded)).toHaveLength(2)
    await admin.query('update workspace_members set removed_at = now() where user_id = $1', [gone.sub])
    await expect(findMessages('rahasia', gone, guarded)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('whatever is typed', () => {
  test.each([
    "'; drop table messages; --",
    "' or '1'='1",
    'a & | ! ( ) <-> :* \\',
    '%_%',
    '\\',
    '$1',
    '{"a": 1}',
    '\u0000\u0001',
    '\ud800',
    "''",
    ':*',
    '王 & 李',
    'ﷺ'.repeat(50),
    'x'.repeat(100_000),
    'ab '.repeat(5000),
    '😀😀😀',
    '99999999999999999999999999',
    '+',
    '@',
    '@@',
    'https://wa.me/%E0%A4%A',
    'https://wa.me/',
    "budi'",
    '-'.repeat(400),
    '\u202e0812',
  ])('%j is answered', async (text) => {
    expect(Array.isArray(await findContacts(text))).toBe(true)
    expect(Array.isArray((await findMessages(text)).messages)).toBe(true)
  })

  test('refuses a cursor that is none of ours', async () => {
    await expect(findMessages('halo', owner, workspace, 'nonsense')).rejects.toMatchObject({
      code: 'bad_cursor',
    })
  })
})

test('gives up after two seconds and says what to do', async () => {
  const locker = new pg.Client(database.adminUrl)
  await locker.connect()
  try {
    await locker.query('begin; lock table private.message_words in access exclusive mode')
    await expect(findMessages('halo kak')).rejects.toMatchObject({ code: 'search_too_slow' })
  } finally {
    await locker.query('rollback')
    await locker.end()
  }
})
