import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ContactFilter, ContactList, ContactSort } from '../../src/lib/domain/contacts.ts'
import { changeContacts } from '../../src/lib/server/database/contact-bulk.ts'
import {
  blockContact,
  createContact,
  editContact,
  setOptOut,
  unblockContact,
} from '../../src/lib/server/database/contact-edits.ts'
import { describeNumber } from '../../src/lib/server/database/contact-numbers.ts'
import { findContactPage } from '../../src/lib/server/database/contact-page.ts'
import { listContacts } from '../../src/lib/server/database/contacts.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { createLabel } from '../../src/lib/server/database/labels.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'
import { makeWorkspace } from '../support/workspace.ts'

let bench: ContactBench
/** Three who wrote, the last one last; then two who never did. */
let people: Record<'ani' | 'budi' | 'citra' | 'dewi' | 'eko', string>

beforeAll(async () => {
  bench = await makeContactBench()
  const now = Math.floor(Date.now() / 1000)
  people = {
    ani: await bench.receive('6281200000601', { name: 'Ani', at: now - 300 }),
    budi: await bench.receive('6281200000602', { name: 'budi', at: now - 200 }),
    citra: await bench.receive('6281200000603', { name: 'Citra', at: now - 100 }),
    dewi: await bench.asOwner((trx) =>
      createContact(trx, bench.of.id, 'ID', '081200000604', { name: 'Dewi' }),
    ),
    eko: await bench.asOwner((trx) =>
      createContact(trx, bench.of.id, 'ID', null, { email: 'eko@example.com' }),
    ),
  }
})

afterAll(() => bench.close())

const list = (
  filter: ContactFilter = {},
  sort: ContactSort = 'activity',
  {
    before = null,
    limit,
    claims = bench.owner,
  }: { before?: string | null; limit?: number; claims?: Claims } = {},
) => bench.asMember(claims, (trx) => listContacts(trx, bench.of, { filter, sort, before }, limit))

const namesIn = (ids: readonly string[]) =>
  ids.map((id) => Object.entries(people).find(([, each]) => each === id)?.[0] ?? id)

async function names(...asked: Parameters<typeof list>) {
  return namesIn((await list(...asked)).contacts.map(({ id }) => id))
}

test.each([
  ['activity', ['citra', 'budi', 'ani', 'eko', 'dewi']],
  ['newest', ['eko', 'dewi', 'citra', 'budi', 'ani']],
  ['name', ['ani', 'budi', 'citra', 'dewi', 'eko']],
] as const)('by %s, in one page and in pages of one', async (sort, expected) => {
  expect(await names({}, sort)).toEqual(expected)
  const paged: string[] = []
  let before: string | null = null
  do {
    const page = await list({}, sort, { before, limit: 1 })
    expect(page.total).toBe(5)
    paged.push(...page.contacts.map(({ id }) => id))
    before = page.nextBefore
  } while (before !== null)
  expect(namesIn(paged)).toEqual(expected)
})

test.each(['junk', 'name_YQ_6f1c0f5e-0f3a-4d0e-9a52-1f0d5c9b7a11', 'activity_MjAyNi0xMy0wMQ_x', ''])(
  'takes no place of another list: %s',
  async (before) => {
    await expect(list({}, 'activity', { before })).rejects.toMatchObject({ code: 'bad_cursor' })
  },
)

test('many are read in order, without looking through all of them first', async () => {
  const other = await makeWorkspace(bench.database.adminUrl)
  await bench.query(
    `insert into contacts (workspace_id, name, name_source, created_at)
     select $1, 'Person ' || lpad(n::text, 4, '0'), 'import', '2026-01-01'::timestamptz + n * interval '1 second'
     from generate_series(1, 1200) n`,
    [other.workspaceId],
  )
  await bench.query(
    `with made as (
       insert into contact_identities (workspace_id, contact_id)
       select workspace_id, id from contacts, generate_series(1, 2) where workspace_id = $1 and name <= 'Person 0060'
       returning id, workspace_id
     ), thread as (
       insert into conversations (workspace_id, channel_id, identity_id, last_activity_at)
       select workspace_id, $2, id, '2026-02-01'::timestamptz + row_number() over () * interval '1 minute' from made
       returning id, workspace_id
     )
     insert into messages (workspace_id, conversation_id, channel_id, direction, origin, type, occurred_at)
     select workspace_id, id, $2, 'inbound', 'cloud_api', 'text', now() from thread`,
    [other.workspaceId, other.channelId],
  )
  await bench.query(
    `update conversations c set last_message_id = m.id from messages m
     where m.conversation_id = c.id and c.workspace_id = $1`,
    [other.workspaceId],
  )
  const claims = { sub: other.ownerId, exp: 0 }
  const of = { ...bench.of, id: other.workspaceId }
  for (const sort of ['activity', 'newest', 'name'] as const) {
    const seen = new Set<string>()
    let before: string | null = null
    let isLast = false
    while (!isLast) {
      const at: string | null = before
      const page: ContactList = await bench.asMember(claims, (trx) =>
        listContacts(trx, of, { filter: {}, sort, before: at }, 100),
      )
      expect(page.total).toBe(1000)
      // Somebody with two conversations stands where the latest of them does.
      for (const { id } of page.contacts) {
        expect(seen.has(id)).toBe(false)
        seen.add(id)
      }
      expect(page.contacts).toHaveLength(100)
      before = page.nextBefore
      isLast = before === null
    }
    expect({ sort, seen: seen.size }).toEqual({ sort, seen: 1200 })
  }
})

test('is narrowed by everything that it can be narrowed by', async () => {
  const agent = await bench.addAgent('all')
  const label = await bench.asOwner((trx) => createLabel(trx, bench.of.id, { name: 'VIP', colour: 'green' }))
  await bench.asOwner(async (trx) => {
    await editContact(trx, bench.of.id, people.ani, { ownerId: agent.sub, leadStatus: 'customer' })
    await changeContacts(trx, bench.of.id, [people.budi, people.dewi], {
      kind: 'addLabel',
      labelId: label.id,
    })
    await blockContact(trx, bench.of.id, people.citra, { level: 'mute', reason: 'Iklan', endsAt: null })
    await setOptOut(trx, bench.of.id, people.dewi, { isOptedOut: true, reason: null })
  })
  const narrowed: [ContactFilter, string[]][] = [
    [{ ownerId: agent.sub }, ['ani']],
    [{ ownerId: 'none' }, ['citra', 'budi', 'eko', 'dewi']],
    [{ leadStatus: 'customer' }, ['ani']],
    [{ labelId: label.id }, ['budi', 'dewi']],
    [{ channelId: bench.workspace.channelId }, ['citra', 'budi', 'ani']],
    [{ isBlocked: true }, ['citra']],
    [{ isOptedOut: true }, ['dewi']],
    [{ hasDuplicates: true }, []],
    [{ createdTo: '2020-01-01' }, []],
    [{ createdFrom: '2020-01-01', createdTo: '2999-01-01' }, ['citra', 'budi', 'ani', 'eko', 'dewi']],
    [{ text: '0812-0000-0604' }, ['dewi']],
    [{ text: 'eko@' }, ['eko']],
    [{ text: 'citra' }, ['citra']],
    [{ text: 'citra', leadStatus: 'customer' }, []],
  ]
  for (const [filter, expected] of narrowed)
    expect({ filter, names: await names(filter) }).toEqual({ filter, names: expected })
  const { contacts } = await list()
  const lineOf = (id: string) => contacts.find((each) => each.id === id)
  expect(lineOf(people.ani)).toMatchObject({ name: 'Ani', owner: { id: agent.sub }, leadStatus: 'customer' })
  expect(lineOf(people.budi)).toMatchObject({ labelIds: [label.id], channelIds: [bench.workspace.channelId] })
  expect(lineOf(people.citra)).toMatchObject({ blockLevel: 'mute', isOptedOut: false })
  expect(lineOf(people.dewi)).toMatchObject({ isOptedOut: true, conversationId: null, lastActivityAt: null })
  expect(lineOf(people.eko)).toMatchObject({ name: 'eko@example.com', address: null })
})

test('shows members what they may see, and other workspaces nothing', async () => {
  const agent = await bench.addAgent('own')
  await bench.query(
    `update conversations c set assignee_id = $2 from contact_identities i
     where i.id = c.identity_id and i.contact_id = $1`,
    [people.budi, agent.sub],
  )
  for (const sort of ['activity', 'newest', 'name'] as const)
    expect(await names({}, sort, { claims: agent })).toEqual(['budi'])
  expect(await names({ text: 'citra' }, 'activity', { claims: agent })).toEqual([])
  const other = await makeWorkspace(bench.database.adminUrl)
  const stranger = { sub: other.ownerId, exp: 0 }
  expect(await names({}, 'activity', { claims: stranger })).toEqual([])
})

test('many at once: only those that one sees, and at most 500', async () => {
  const agent = await bench.addAgent('own')
  const status = async (id: string) =>
    (await bench.asOwner((trx) => findContactPage(trx, bench.of.id, id)))?.leadStatus.value
  const change = (ids: string[], claims: Claims) =>
    bench.asMember(claims, (trx) =>
      changeContacts(trx, bench.of.id, ids, { kind: 'leadStatus', leadStatus: 'qualified' }),
    )
  expect(await change([people.citra, people.dewi], agent)).toEqual({ changed: 0, blockIds: [] })
  expect(await change([people.citra, people.dewi], bench.owner)).toEqual({ changed: 2, blockIds: [] })
  expect([await status(people.citra), await status(people.dewi)]).toEqual(['qualified', 'qualified'])
  await expect(change(Array<string>(501).fill(people.citra), bench.owner)).rejects.toMatchObject({
    code: 'too_many_contacts',
  })
  await expect(
    bench.asOwner((trx) =>
      changeContacts(trx, bench.of.id, [people.citra], { kind: 'addLabel', labelId: people.citra }),
    ),
  ).rejects.toMatchObject({ code: 'no_such_label' })
})

test('blocks end by themselves, by somebody, and by another block', async () => {
  const pageOf = async () => {
    const page = await bench.asOwner((trx) => findContactPage(trx, bench.of.id, people.ani))
    return { level: page?.block?.level ?? null, timeline: page?.timeline ?? [] }
  }
  const agent = await bench.addAgent('all')
  const block = (level: 'mute' | 'quarantine' | 'drop', claims = bench.owner, endsAt: Date | null = null) =>
    bench.asMember(claims, (trx) =>
      blockContact(trx, bench.of.id, people.ani, { level, reason: null, endsAt }),
    )
  const unblock = (claims = bench.owner) =>
    bench.asMember(claims, (trx) => unblockContact(trx, bench.of.id, people.ani))
  await block('mute', agent)
  await expect(block('drop', agent)).rejects.toMatchObject({ code: 'drop_not_allowed' })
  await block('drop')
  expect((await pageOf()).level).toBe('drop')
  await expect(unblock(agent)).rejects.toMatchObject({ code: 'drop_not_allowed' })
  await expect(block('mute', agent)).rejects.toMatchObject({ code: 'drop_not_allowed' })
  await unblock()
  expect((await pageOf()).level).toBeNull()
  await expect(block('mute', bench.owner, new Date('2026-01-01'))).rejects.toMatchObject({
    code: 'block_end_in_past',
  })
  await block('quarantine', bench.owner, new Date('2999-01-01'))
  await bench.query(
    `update contact_blocks set ends_at = created_at where contact_id = $1 and ended_at is null`,
    [people.ani],
  )
  expect((await pageOf()).level).toBeNull()
  await block('mute', agent)
  const { level, timeline } = await pageOf()
  expect(level).toBe('mute')
  const kinds = timeline.map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === 'blocked')).toHaveLength(4)
  expect(kinds.filter((kind) => kind === 'unblocked')).toHaveLength(3)
})

test('an opt-out holds until the team takes it back, whatever WhatsApp says', async () => {
  const stopped = async () => {
    const [row] = await bench.query<{ is_stopped: boolean }>(
      `select private.has_stopped_marketing(c.workspace_id, c.id) as is_stopped
       from conversations c join contact_identities i on i.id = c.identity_id where i.contact_id = $1`,
      [people.citra],
    )
    return row?.is_stopped
  }
  const set = (isOptedOut: boolean) =>
    bench.asOwner((trx) => setOptOut(trx, bench.of.id, people.citra, { isOptedOut, reason: 'Lewat telepon' }))
  expect(await stopped()).toBe(false)
  await set(true)
  await set(true)
  expect(await stopped()).toBe(true)
  const page = await bench.asOwner((trx) => findContactPage(trx, bench.of.id, people.citra))
  expect(page?.optOuts).toMatchObject([
    { source: 'staff', reason: 'Lewat telepon', by: { id: bench.owner.sub } },
  ])
  await set(false)
  expect(await stopped()).toBe(false)
  await bench.query(
    `insert into marketing_preferences (workspace_id, channel_id, identity_id, status, sequence, occurred_at)
     select workspace_id, $2, id, 'stopped', 1, now() from contact_identities where contact_id = $1`,
    [people.citra, bench.workspace.channelId],
  )
  await set(false)
  expect(await stopped()).toBe(true)
  expect(await names({ isOptedOut: true })).toContain('citra')
})

test('tells how a number would be stored, and who has it', async () => {
  const describe = (typed: string, claims = bench.owner) =>
    bench.asMember(claims, (trx) => describeNumber(trx, bench.of.id, 'ID', typed))
  expect(await describe('0812 0000 0601')).toEqual({
    e164: '+6281200000601',
    shown: '+62 812 0000 0601',
    verdict: 'valid',
    country: 'ID',
    knownContact: { id: people.ani, name: 'Ani' },
    isKnown: true,
  })
  expect(await describe('+1 202 555 0143')).toMatchObject({
    country: 'US',
    knownContact: null,
    isKnown: false,
  })
  expect(await describe('0812 0000 0601', await bench.addAgent('own'))).toMatchObject({ knownContact: null })
  for (const typed of ['', 'Sari', '1'.repeat(5000), '\0'])
    expect(await describe(typed)).toMatchObject({ e164: null, verdict: 'invalid' })
})
