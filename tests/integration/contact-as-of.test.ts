import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ContactChanges } from '../../src/lib/domain/contacts.ts'
import { hashPlan } from '../../src/lib/domain/merges/hash-plan.ts'
import { planMerge } from '../../src/lib/domain/merges/plan-merge.ts'
import { findContactAsOf } from '../../src/lib/server/database/contact-as-of.ts'
import {
  blockContact,
  editContact,
  setOptOut,
  unblockContact,
} from '../../src/lib/server/database/contact-edits.ts'
import { createContactField } from '../../src/lib/server/database/contact-fields.ts'
import { findContactPage, findRootContactId } from '../../src/lib/server/database/contact-page.ts'
import { readMergeFacts } from '../../src/lib/server/database/merge-facts.ts'
import { findMergeUndo } from '../../src/lib/server/database/merge-undo.ts'
import { executeMerge, undoMerge } from '../../src/lib/server/database/merges.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'

let bench: ContactBench
let fieldId: string
let labelId: string
/** Put on contacts themselves. */
let ownLabelId: string
let digits = 6281200000900

beforeAll(async () => {
  bench = await makeContactBench()
  fieldId = await bench.asOwner((trx) =>
    createContactField(trx, bench.of.id, { label: 'Kota', kind: 'text', choices: [] }),
  )
  const [label, own] = await bench.query<{ id: string }>(
    `insert into labels (workspace_id, name, colour) values ($1, 'VIP', 'violet'), ($1, 'Lead', 'blue') returning id`,
    [bench.of.id],
  )
  labelId = label?.id ?? ''
  ownLabelId = own?.id ?? ''
})

afterAll(() => bench.close())

/** What keeps the time of a deed; all of it happens today and is moved to the day on which it is to have happened. */
const clocks = {
  contact_changes: ['changed_at'],
  contact_joins: ['created_at', 'undone_at'],
  contact_blocks: ['created_at', 'ended_at'],
  contact_opt_outs: ['created_at', 'ended_at'],
  contact_labels: ['created_at', 'ended_at'],
  conversation_events: ['occurred_at'],
  contacts: ['created_at', 'name_as_of', 'email_as_of', 'lead_status_as_of'],
  contact_field_values: ['as_of'],
  'private.contact_own_words': ['spoken_at'],
}

const endOf = (day: number) => new Date(Date.UTC(2024, 0, 1 + day, 16, 59, 59, 999))

/** Noon of a day of 2024 in Jakarta. */
const noonOf = (day: number) => new Date(Date.UTC(2024, 0, 1 + day, 5))

const late = '"20(2[5-9]|[3-9][0-9])-[0-9T:.+-]*Z?"'

/** One statement: it is run after every step. */
const moveToDay = `with ${Object.entries(clocks)
  .map(([table, columns], place) => {
    const moved = columns.map((each) => `${each} = case when ${each} > '2025-01-01' then $2 else ${each} end`)
    const isNew = columns.map((each) => `${each} > '2025-01-01'`)
    // What a merge remembers of whose value was when, and until when it chose something.
    if (table === 'contact_joins') {
      moved.push(`choices = regexp_replace(choices::text, '${late}', '"' || $3 || '"', 'g')::jsonb`)
      isNew.push(`choices::text ~ '${late}'`)
    }
    return `t${String(place)} as (update ${table} set ${moved.join(', ')} where workspace_id = $1 and (${isNew.join(' or ')}))`
  })
  .join(', ')} select $3::text`

async function on<Result>(day: number, work: () => Promise<Result>): Promise<Result> {
  const result = await work()
  const noon = noonOf(day)
  await bench.query(moveToDay, [bench.of.id, noon, noon.toISOString()])
  return result
}

const asOf = (id: string, day: number) =>
  bench.asOwner((trx) => findContactAsOf(trx, bench.of.id, id, endOf(day)))
const edit = (id: string, changes: ContactChanges) =>
  bench.asOwner((trx) => editContact(trx, bench.of.id, id, changes))
const inbox = () => ({ workspaceId: bench.of.id, userId: bench.owner.sub })

function write(phone: string, name: string, day: number): Promise<string> {
  return bench.receive(phone, { name, at: noonOf(day).getTime() / 1000 })
}

async function merge(ids: string[], survivorId: string, take: string | null = null): Promise<string> {
  return bench.asOwner(async (trx) => {
    const facts = await readMergeFacts(trx, bench.of.id, ids)
    const plan = planMerge(facts, survivorId)
    const sides = plan.fields.filter(({ sides: each }) =>
      each.some(({ contactId, value }) => contactId === take && value !== null),
    )
    const made = await executeMerge(trx, inbox(), {
      contactIds: ids,
      survivorId,
      choices: Object.fromEntries(sides.map(({ field }) => [field, take ?? survivorId])),
      reason: 'The same person',
      planHash: hashPlan(facts, survivorId),
    })
    return made.mergeId
  })
}

/** Undoes a merge; what is handed on goes to one of those that are parted. */
async function undo(
  mergeId: string,
  fields: readonly string[],
  to: (parted: string[]) => string | undefined,
) {
  await bench.asOwner(async (trx) => {
    const found = await findMergeUndo(trx, bench.of.id, mergeId)
    const target = to(found?.parted.map(({ id }) => id) ?? [])
    const going = found?.edits.filter(({ field, canGo }) => canGo && fields.includes(field)) ?? []
    await undoMerge(
      trx,
      inbox(),
      mergeId,
      target === undefined ? {} : Object.fromEntries(going.map(({ id }) => [id, target])),
    )
  })
}

/** Puts the label on all conversations of a person, or takes it off. */
const label = (id: string, isAdded: boolean) =>
  bench.asOwner((trx) =>
    sql`
      select private.set_conversation_labels(${bench.of.id}, c.id, ${isAdded ? [labelId] : []}::uuid[])
      from public.contacts asked
      join public.contacts k on k.root_id = asked.root_id
      join public.contact_identities i on i.contact_id = k.id
      join public.conversations c on c.identity_id = i.id
      where asked.id = ${id} and c.is_root
      order by c.id
    `.execute(trx),
  )

/** The same for the contact itself. */
const labelOwn = (id: string, isAdded: boolean) =>
  bench.asOwner((trx) =>
    sql`select private.label_contacts(${bench.of.id}, array[${id}::uuid], ${ownLabelId}, ${isAdded})`.execute(
      trx,
    ),
  )

test('tells a contact as it was, through a merge, edits, and its undo', async () => {
  const phones = [String((digits += 1)), String((digits += 1))] as const
  const [ani, budi] = await on(1, async () => [
    await write(phones[0], 'Ani', 1),
    await write(phones[1], 'Budi', 1),
  ])
  await on(3, async () => {
    await edit(ani, { email: 'ani@example.com', fields: { [fieldId]: 'Bandung' } })
    await label(ani, true)
    await labelOwn(budi, true)
    await bench.asOwner((trx) => setOptOut(trx, bench.of.id, budi, { isOptedOut: true, reason: 'Asked so' }))
  })
  const mergeId = await on(5, () => merge([ani, budi], ani, budi))
  await on(7, async () => {
    await edit(ani, { name: 'Budi Santoso', leadStatus: 'customer', ownerId: bench.owner.sub })
    await bench.asOwner((trx) =>
      blockContact(trx, bench.of.id, ani, { level: 'mute', reason: 'Too loud', endsAt: null }),
    )
    await label(ani, false)
    await labelOwn(ani, false)
  })
  await on(8, () => write(phones[0], 'Ani', 8))
  await on(9, async () => {
    await undo(mergeId, ['name'], ([first]) => first)
    await bench.asOwner((trx) => unblockContact(trx, bench.of.id, ani))
  })
  await on(11, () => edit(ani, { email: null, name: 'Ani Lestari' }))

  expect(await asOf(ani, 0)).toMatchObject({ root: null, values: [], accounts: [] })
  const told = async (id: string, day: number) => {
    const found = await asOf(id, day)
    return {
      root: found?.root,
      parts: found?.parts.map((part) => part.id),
      values: Object.fromEntries(
        found?.values.map(({ field, value, source }) => [field, [value, source]]) ?? [],
      ),
      labels: found?.labelIds,
      block: found?.block?.level ?? null,
      optOuts: found?.optOuts.map(({ reason }) => reason),
      numbers: found?.accounts.flatMap(({ numbers }) =>
        numbers.map(({ phone }) => phone.replaceAll(/\D/g, '')),
      ),
      messages: found?.conversations.map(({ messages }) => messages).toSorted(),
    }
  }
  const nothing = { labels: [], block: null, optOuts: [] }
  expect(await told(ani, 1)).toEqual({
    ...nothing,
    root: { id: ani, name: 'Ani' },
    parts: [ani],
    values: { name: ['Ani', 'whatsapp_profile'], lead_status: ['new', null] },
    numbers: [phones[0]],
    messages: [1],
  })
  expect(await told(ani, 4)).toMatchObject({
    parts: [ani],
    values: { email: ['ani@example.com', 'staff'], [`field:${fieldId}`]: ['Bandung', 'staff'] },
    labels: [labelId],
    optOuts: [],
  })
  expect(await told(budi, 4)).toMatchObject({
    labels: [ownLabelId],
    optOuts: ['Asked so'],
    parts: [budi],
  })
  // Merged: whoever one asks for.
  const merged = await told(ani, 5)
  expect(merged).toMatchObject({
    root: { id: ani, name: 'Budi' },
    parts: [ani, budi],
    values: {
      name: ['Budi', 'whatsapp_profile'],
      email: ['ani@example.com', 'staff'],
      lead_status: ['new', null],
    },
    labels: [labelId, ownLabelId],
    optOuts: ['Asked so'],
    messages: [1, 1],
  })
  expect(merged.numbers?.toSorted()).toEqual([...phones])
  expect(await told(budi, 6)).toEqual(merged)
  expect(await told(budi, 8)).toMatchObject({
    root: { id: ani, name: 'Budi Santoso' },
    values: {
      name: ['Budi Santoso', 'staff'],
      lead_status: ['customer', 'staff'],
      owner: [expect.any(String) as unknown, 'staff'],
    },
    labels: [],
    block: 'mute',
    messages: [1, 2],
  })
  expect((await asOf(budi, 8))?.parts.map(({ isApartNow }) => isApartNow)).toEqual([false, true])
  // Parted: the edit that was handed on is with Budi, the others with Ani.
  expect(await told(budi, 9)).toMatchObject({
    parts: [budi],
    values: { name: ['Budi Santoso', 'staff'], lead_status: ['new', null] },
    optOuts: ['Asked so'],
  })
  expect(await told(ani, 10)).toMatchObject({
    parts: [ani],
    values: { name: ['Ani', 'whatsapp_profile'], email: ['ani@example.com', 'staff'] },
    block: null,
  })
  expect(await told(ani, 12)).toMatchObject({ values: { name: ['Ani Lestari', 'staff'] } })
  expect((await told(ani, 12)).values['email']).toBeUndefined()
})

test('says so where a value is only known by what replaced it', async () => {
  const ani = await on(1, () => write(String((digits += 1)), 'Ani', 1))
  await on(3, () => edit(ani, { email: 'first@example.com' }))
  await on(5, () => edit(ani, { email: 'second@example.com' }))
  // As it is with values that are older than the history.
  await bench.query(
    `delete from contact_changes where workspace_id = $1 and contact_id = $2 and new_value = 'first@example.com'`,
    [bench.of.id, ani],
  )
  const emailOn = async (day: number) => (await asOf(ani, day))?.values.find(({ field }) => field === 'email')
  expect(await emailOn(4)).toMatchObject({
    value: 'first@example.com',
    source: null,
    asOf: null,
    from: 'assumed',
  })
  expect(await emailOn(5)).toMatchObject({ value: 'second@example.com', source: 'staff', from: 'own' })
})

test('a name that was taken back, in place of one that a merge chose, is WhatsApp’s by staff’s word', async () => {
  const [ani, citra] = await on(0, async () => [
    await write(String((digits += 1)), 'Ani', 0),
    await write(String((digits += 1)), 'Citra', 0),
  ])
  await on(1, () => edit(citra, { name: 'Dewi' }))
  await on(2, () => merge([citra, ani], citra, ani))
  await on(4, () => edit(citra, { name: null }))
  const nameOn = async (day: number) => {
    const { value, source } = (await asOf(citra, day))?.values.find(({ field }) => field === 'name') ?? {}
    return [value, source]
  }
  expect(await nameOn(1)).toEqual(['Dewi', 'staff'])
  expect(await nameOn(3)).toEqual(['Ani', 'whatsapp_profile'])
  expect(await nameOn(4)).toEqual(['Citra', 'whatsapp_profile'])
  expect(
    await bench.query(
      `select changed_by from contact_changes where contact_id = $1 and old_value = 'Dewi' and new_value = 'Citra'`,
      [citra],
    ),
  ).toEqual([{ changed_by: bench.owner.sub }])
})

test('tells nobody of somebody whom they do not see', async () => {
  const ani = await on(1, () => write(String((digits += 1)), 'Ani', 1))
  const agent = await bench.addAgent('own')
  const find = (workspaceId: string) =>
    bench.asMember(agent, (trx) => findContactAsOf(trx, workspaceId, ani, endOf(2)))
  expect(await find(bench.of.id)).toBeUndefined()
  expect(await bench.asOwner((trx) => findContactAsOf(trx, randomUUID(), ani, endOf(2)))).toBeUndefined()
  expect(await asOf(randomUUID(), 2)).toBeUndefined()
})

const names = ['Ani', 'Budi', 'Citra'] as const
const who = fc.nat({ max: names.length - 1 })
const fields = ['name', 'email', 'leadStatus', 'owner', 'city'] as const

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      who,
      field: fc.constantFrom(...fields),
      value: fc.option(fc.nat({ max: 2 }), { freq: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('merge' as const), who, other: who, take: who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('undo' as const),
      which: fc.nat({ max: 3 }),
      going: fc.subarray(['name', 'email', 'lead_status', 'owner', 'city']),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('label' as const, 'own label' as const, 'block' as const),
      who,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('message' as const, 'optOut' as const), who }) },
)

function changesOf(field: (typeof fields)[number], value: number | null): ContactChanges {
  switch (field) {
    case 'name':
      return { name: value === null ? null : (['Dewi', 'Eko', 'Fajar'][value] ?? null) }
    case 'email':
      return { email: value === null ? null : `mail${String(value)}@example.com` }
    case 'leadStatus':
      return { leadStatus: (['new', 'qualified', 'customer'] as const)[value ?? 0] ?? 'new' }
    case 'owner':
      return { ownerId: value === null ? null : bench.owner.sub }
    case 'city':
      return { fields: { [fieldId]: value === null ? null : (['Bandung', 'Medan', 'Solo'][value] ?? null) } }
  }
}

/** What the page of each contact shows now. */
async function look(ids: readonly string[]) {
  return Promise.all(
    ids.map((id) =>
      bench.asOwner(async (trx) => {
        const rootId = (await findRootContactId(trx, bench.of.id, id)) ?? ''
        const page = await findContactPage(trx, bench.of.id, rootId)
        return {
          root: rootId,
          name: page?.name.value ?? null,
          email: [page?.email.value ?? null, page?.email.source ?? null],
          lead: page?.leadStatus.value ?? null,
          owner: page?.ownerName ?? null,
          city: page?.fields.find((each) => each.id === fieldId)?.value ?? null,
          labels: page?.labelIds.toSorted() ?? [],
          block: page?.block?.level ?? null,
          optOuts: page?.optOuts.length,
          addresses: page?.identities.length,
          conversations: page?.conversations.length,
        }
      }),
    ),
  )
}

async function lookBack(ids: readonly string[], day: number) {
  return Promise.all(
    ids.map(async (id) => {
      const found = await asOf(id, day)
      const valueOf = (name: string) => found?.values.find(({ field }) => field === name)
      return {
        root: found?.root?.id ?? '',
        name: valueOf('name')?.value ?? null,
        email: [valueOf('email')?.value ?? null, valueOf('email')?.source ?? null],
        lead: valueOf('lead_status')?.value ?? null,
        owner: valueOf('owner')?.value ?? null,
        city: valueOf(`field:${fieldId}`)?.value ?? null,
        labels: found?.labelIds.toSorted() ?? [],
        block: found?.block?.level ?? null,
        optOuts: found?.optOuts.length,
        addresses: found?.accounts.length,
        conversations: found?.conversations.length,
      }
    }),
  )
}

test('every day of any history is told as it was on that day', { timeout: 240_000 }, async () => {
  const runs = Number(process.env['AS_OF_HISTORIES'] ?? 8)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      const phones = names.map(() => String((digits += 1)))
      const ids = await on(0, () =>
        Promise.all(phones.map((phone, place) => write(phone, names[place] ?? '', 0))),
      )
      const merges: string[] = []
      const days = [await look(ids)]
      for (const [place, each] of steps.entries()) {
        const day = place + 1
        await on(day, () => play(each, day))
        days.push(await look(ids))
      }
      for (const [day, seen] of days.entries())
        expect({ day, seen: await lookBack(ids, day) }).toEqual({ day, seen })

      async function play(each: typeof step extends fc.Arbitrary<infer Step> ? Step : never, day: number) {
        const idOf = (index: number) => ids[index] ?? ''
        switch (each.kind) {
          case 'edit':
            return edit(idOf(each.who), changesOf(each.field, each.value))
          case 'message':
            return write(phones[each.who] ?? '', names[each.who] ?? '', day)
          case 'label': {
            const [seen] = await look([idOf(each.who)])
            return label(idOf(each.who), seen?.labels.includes(labelId) !== true)
          }
          case 'own label': {
            const id = idOf(each.who)
            const isAdded = await bench.asOwner(async (trx) => {
              const rootId = (await findRootContactId(trx, bench.of.id, id)) ?? ''
              const page = await findContactPage(trx, bench.of.id, rootId)
              return page?.ownLabelIds.length === 0
            })
            return labelOwn(id, isAdded)
          }
          case 'optOut': {
            const [seen] = await look([idOf(each.who)])
            const isOptedOut = seen?.optOuts === 0
            return bench.asOwner((trx) =>
              setOptOut(trx, bench.of.id, idOf(each.who), { isOptedOut, reason: null }),
            )
          }
          case 'block': {
            const [seen] = await look([idOf(each.who)])
            return bench.asOwner(async (trx) => {
              if (seen?.block !== null) return unblockContact(trx, bench.of.id, idOf(each.who))
              return blockContact(trx, bench.of.id, idOf(each.who), {
                level: 'mute',
                reason: null,
                endsAt: null,
              })
            })
          }
          case 'merge': {
            const [one, other] = (await look([idOf(each.who), idOf(each.other)])).map(({ root }) => root)
            if (one === undefined || other === undefined || one === other) return
            const take = (await look([idOf(each.take)]))[0]?.root ?? null
            merges.push(await merge([one, other], one, take === one || take === other ? take : null))
            return
          }
          case 'undo': {
            const mergeId = merges[each.which]
            if (mergeId === undefined) return
            const going = each.going.map((name) => (name === 'city' ? `field:${fieldId}` : name))
            return undo(mergeId, going, ([first]) => first)
          }
        }
      }
    }),
    { numRuns: runs, endOnFailure: process.env['AS_OF_HISTORIES'] === undefined },
  )
})
