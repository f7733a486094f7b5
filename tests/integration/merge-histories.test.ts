import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

// The long form: HISTORIES=10000 vitest run --project integration tests/integration/merge-histories.test.ts
const histories = Number(process.env['HISTORIES'] ?? 150)

let database: TestDatabase
let admin: pg.Client
let workspace: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  workspace = await makeWorkspace(database.adminUrl)
  await admin.query(`select set_config('request.jwt.claims', $1, false)`, [
    JSON.stringify({ sub: workspace.ownerId }),
  ])
})

afterAll(async () => {
  await admin.end()
  await database.drop()
})

const names = ['Ani', 'Budi', 'Citra', 'Dewi', 'Eko']
const person = fc.nat({ max: names.length - 1 })
const fieldNames = ['name', 'email', 'lead_status', 'custom'] as const

type Step =
  | { kind: 'message'; who: number; isInbound: boolean }
  | { kind: 'note' | 'read' | 'close' | 'own note' | 'label'; who: number }
  | { kind: 'edit' | 'import'; who: number; field: (typeof fieldNames)[number]; value: number | null }
  | { kind: 'merge'; who: number; others: number[]; takes: number[] }
  | { kind: 'undo'; which: number }

const history = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('message' as const), who: person, isInbound: fc.boolean() }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('note' as const, 'read' as const, 'close' as const),
        who: person,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('own note' as const, 'label' as const), who: person }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('edit' as const, 'import' as const),
        who: person,
        field: fc.constantFrom(...fieldNames),
        value: fc.option(fc.nat({ max: 3 }), { freq: 4 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('merge' as const),
        who: person,
        others: fc.array(person, { minLength: 1, maxLength: 3 }),
        takes: fc.array(fc.nat({ max: 5 }), { minLength: 4, maxLength: 4 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('undo' as const), which: fc.nat({ max: 9 }) }) },
  ),
  { minLength: 3, maxLength: 16 },
)

/** The same people, once more in each world: one in which contacts are merged, and its twin in which they never are. */
interface World {
  contacts: string[]
  threads: string[]
}

async function makeWorld(): Promise<World> {
  const contacts = names.map(() => randomUUID())
  const accounts = names.map(() => randomUUID())
  const threads = names.map(() => randomUUID())
  await admin.query(
    `with c as (
       insert into contacts (id, workspace_id, name, name_source, created_at)
       select id, $1, name, 'whatsapp_profile', '2026-01-01' from unnest($2::uuid[], $3::text[]) as n (id, name)
     ), i as (
       insert into contact_identities (id, workspace_id, contact_id, profile_name)
       select id, $1, contact_id, name from unnest($4::uuid[], $2::uuid[], $3::text[]) as n (id, contact_id, name)
     )
     insert into conversations (id, workspace_id, channel_id, identity_id, last_activity_at)
     select id, $1, $6, identity_id, '2026-01-01' from unnest($5::uuid[], $4::uuid[]) as n (id, identity_id)`,
    [workspace.workspaceId, contacts, names, accounts, threads, workspace.channelId],
  )
  return { contacts, threads }
}

/** What a value of a field may be. */
function valueOf(field: (typeof fieldNames)[number], value: number): string {
  switch (field) {
    case 'name':
      return ['Fajar', 'Gita', 'Hadi', 'Indra'][value] ?? ''
    case 'email':
      return `mail${String(value)}@example.com`
    case 'lead_status':
      return ['new', 'qualified', 'customer', 'spam'][value] ?? ''
    case 'custom':
      return ['Bandung', 'Medan', 'Solo', 'Malang'][value] ?? ''
  }
}

let at = 0

/** One step in one world. */
async function play(
  world: World,
  step: Exclude<Step, { kind: 'merge' | 'undo' }>,
  fieldId: string,
  onto: number,
) {
  const thread = world.threads[step.who]
  switch (step.kind) {
    case 'message':
      return admin.query(
        `insert into messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
         select $1, $2, $3, gen_random_uuid()::text, case when $4 then 'inbound' else 'outbound' end::message_direction,
           (case when $4 then 'cloud_api' else 'business_app' end)::message_origin, 'text', $5::text,
           timestamptz '2026-02-01' + $6 * interval '1 second'`,
        [workspace.workspaceId, thread, workspace.channelId, step.isInbound, `Message ${String(at)}`, at],
      )
    case 'note':
      return admin.query(
        `insert into conversation_notes (workspace_id, conversation_id, author_id, body, client_reference)
         values ($1, $2, $3, $4, gen_random_uuid())`,
        [workspace.workspaceId, thread, workspace.ownerId, `Note ${String(at)}`],
      )
    case 'read':
      return admin.query(
        `insert into conversation_reads (workspace_id, conversation_id, user_id, read_count)
         select workspace_id, id, $2, inbound_count from conversations where id = $1
         on conflict (workspace_id, user_id, conversation_id) do update set read_count = excluded.read_count`,
        [thread, workspace.ownerId],
      )
    case 'close':
      return admin.query(`update conversations set state = 'closed' where id = $1`, [thread])
    case 'own note':
      return admin.query('select private.write_contact_note($1, $2, gen_random_uuid(), $3)', [
        workspace.workspaceId,
        world.contacts[onto],
        `Note ${String(at)}`,
      ])
    case 'label':
      // Another one each time: what anybody of those who were merged has is not put on again.
      return admin.query(
        `with made as (
           insert into labels (workspace_id, name) values ($1, $3)
           on conflict (workspace_id, lower(btrim(name))) do update set name = excluded.name returning id
         ) select private.label_contacts($1, array[$2::uuid], made.id, true) from made`,
        [workspace.workspaceId, world.contacts[onto], `Label ${String(at)}`],
      )
    default: {
      // Only staff takes a value away; a name that it took away would be what WhatsApp says of all of them.
      if (step.value === null && (step.kind === 'import' || ['name', 'lead_status'].includes(step.field)))
        return
      const value = step.value === null ? null : valueOf(step.field, step.value)
      const changes = step.field === 'custom' ? { fields: { [fieldId]: value } } : { [step.field]: value }
      return step.kind === 'edit'
        ? admin.query('select private.edit_contact($1, $2, $3)', [
            workspace.workspaceId,
            world.contacts[onto],
            JSON.stringify(changes),
          ])
        : admin.query(`select private.write_contact_values($1, $2, $3, 'import', clock_timestamp())`, [
            workspace.workspaceId,
            world.contacts[step.who],
            JSON.stringify(changes),
          ])
    }
  }
}

/** All that is kept of a world, with places for ids and without the times at which a test ran. */
async function readWorld(world: World): Promise<unknown> {
  const { rows } = await admin.query<{ world: unknown }>(
    `select jsonb_build_object(
       'contacts', (
         select jsonb_agg(to_jsonb(c) - array['id', 'root_id', 'changed_xid', 'name_as_of', 'email_as_of',
           'lead_status_as_of', 'edited_at', 'created_at'] || jsonb_build_object(
             'root', array_position($2::uuid[], c.root_id),
             'values', (
               select jsonb_agg(jsonb_build_array(v.field_id, v.value, v.source) order by v.field_id)
               from contact_field_values v where v.contact_id = c.id
             ),
             'notes', (
               select jsonb_agg(n.body order by n.body) from contact_notes n where n.contact_id = c.id
             ),
             'labels', (
               select jsonb_agg(l.name order by l.name)
               from contact_labels o join labels l on l.id = o.label_id where o.contact_id = c.id
             ),
             'chosen', (select count(*) from contact_chosen_values v where v.contact_id = c.id)
           ) order by array_position($2::uuid[], c.id))
         from contacts c where c.workspace_id = $1 and c.id = any ($2::uuid[])
       ),
       'conversations', (
         select jsonb_agg(to_jsonb(t) - array['id', 'root_id', 'identity_id', 'changed_xid', 'last_message_id',
           'created_at', 'state_at'] || jsonb_build_object(
             'root', array_position($3::uuid[], t.root_id),
             'last', (select m.text from messages m where m.id = t.last_message_id),
             'messages', (select jsonb_agg(m.text order by m.occurred_at) from messages m where m.conversation_id = t.id),
             'notes', (select jsonb_agg(n.body order by n.body) from conversation_notes n where n.conversation_id = t.id),
             'reads', (
               select jsonb_agg(jsonb_build_array(r.user_id, r.read_count)) from conversation_reads r
               where r.conversation_id = t.id
             )
           ) order by array_position($3::uuid[], t.id))
         from conversations t where t.workspace_id = $1 and t.id = any ($3::uuid[])
       )
     ) as world`,
    [workspace.workspaceId, world.contacts, world.threads],
  )
  return rows[0]?.world
}

async function rootsOf(world: World): Promise<number[]> {
  const { rows } = await admin.query<{ root: number }>(
    `select array_position($2::uuid[], root_id) - 1 as root from contacts
     where workspace_id = $1 and id = any ($2::uuid[]) order by array_position($2::uuid[], id)`,
    [workspace.workspaceId, world.contacts],
  )
  return rows.map(({ root }) => root)
}

interface Merge {
  id: string
  edges: { loser: number; survivor: number }[]
  isActive: boolean
}

/** Where everybody belongs, by the merges that hold: what root_id is a cache of. */
function expectedRoots(merges: readonly Merge[]): number[] {
  const up = new Map(
    merges
      .filter(({ isActive }) => isActive)
      .flatMap(({ edges }) => edges.map((edge) => [edge.loser, edge.survivor])),
  )
  return names.map((_, index) => {
    let at = index
    for (let above = up.get(at); above !== undefined; above = up.get(at)) at = above
    return at
  })
}

async function mergeContacts(
  world: World,
  { who, others, takes }: Extract<Step, { kind: 'merge' }>,
  fieldId: string,
): Promise<Merge | null> {
  const roots = await rootsOf(world)
  const survivor = roots[who] ?? 0
  const losers = [...new Set(others.map((other) => roots[other] ?? 0))].filter((root) => root !== survivor)
  if (losers.length === 0) return null
  const inside = names.flatMap((_, index) =>
    [survivor, ...losers].includes(roots[index] ?? -1) ? [index] : [],
  )
  const choices: Record<string, object> = {}
  for (const [place, field] of fieldNames.entries()) {
    const take = takes[place] ?? 0
    if (take === 5) continue
    const key = field === 'custom' ? `field:${fieldId}` : field
    const from = take === 4 ? 'custom' : world.contacts[inside[take % inside.length] ?? survivor]
    choices[key] = { value: valueOf(field, take % 4), source: 'staff', asOf: '2026-03-01T00:00:00Z', from }
  }
  const { rows } = await admin.query<{ id: string }>(
    `select private.merge_contacts($1, $2, $3::uuid[], $4, 'The same person', repeat('0', 64)) as id`,
    [
      workspace.workspaceId,
      world.contacts[survivor],
      losers.map((loser) => world.contacts[loser]),
      JSON.stringify(choices),
    ],
  )
  return { id: rows[0]?.id ?? '', edges: losers.map((loser) => ({ loser, survivor })), isActive: true }
}

async function undo(merge: Merge): Promise<void> {
  await admin.query('select from private.undo_contact_merge($1, $2)', [workspace.workspaceId, merge.id])
  merge.isActive = false
}

test(
  'undoing every merge, in any order, equals never having merged',
  async () => {
    const { rows } = await admin.query<{ id: string }>(
      `select private.create_contact_field($1, 'City', 'text', null) as id`,
      [workspace.workspaceId],
    )
    const fieldId = rows[0]?.id ?? ''
    let held = 0
    await fc.assert(
      fc.asyncProperty(history, fc.infiniteStream(fc.nat({ max: 99 })), async (steps, order) => {
        const [world, twin] = [await makeWorld(), await makeWorld()]
        const merges: Merge[] = []
        for (const step of steps as Step[]) {
          at += 1
          if (step.kind === 'merge') {
            const merge = await mergeContacts(world, step, fieldId)
            if (merge !== null) merges.push(merge)
          } else if (step.kind === 'undo') {
            const merge = merges[step.which % Math.max(merges.length, 1)]
            if (merge !== undefined) await undo(merge)
          } else {
            // What staff writes to somebody who was merged is written to who shows them: an edit that stays.
            const onto = expectedRoots(merges)[step.who] ?? step.who
            await play(world, step, fieldId, onto)
            await play(twin, step, fieldId, onto)
          }
          expect(await rootsOf(world)).toEqual(expectedRoots(merges))
        }
        held += merges.filter(({ isActive }) => isActive).length
        for (const left = merges.filter(({ isActive }) => isActive); left.length > 0;) {
          const [merge] = left.splice((order.next().value ?? 0) % left.length, 1)
          if (merge !== undefined) await undo(merge)
        }
        expect(await readWorld(world)).toEqual(await readWorld(twin))
      }),
      { numRuns: histories },
    )
    expect(held).toBeGreaterThan(histories / 2)
  },
  Math.max(120_000, histories * 500),
)
