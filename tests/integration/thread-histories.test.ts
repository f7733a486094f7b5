import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

// The long form: HISTORIES=10000 vitest run --project integration tests/integration/thread-histories.test.ts
const histories = Number(process.env['HISTORIES'] ?? 12)

let database: TestDatabase
let workspace: TestWorkspace
/** Steps that happen at once go over connections of their own. */
let connections: [pg.Client, pg.Client, pg.Client]
let labels: string[]

beforeAll(async () => {
  database = await createTestDatabase()
  workspace = await makeWorkspace(database.adminUrl)
  connections = [
    new pg.Client(database.adminUrl),
    new pg.Client(database.adminUrl),
    new pg.Client(database.adminUrl),
  ]
  for (const connection of connections) {
    await connection.connect()
    await connection.query(`select set_config('request.jwt.claims', $1, false)`, [
      JSON.stringify({ sub: workspace.ownerId }),
    ])
  }
  const { rows } = await connections[0].query<{ id: string }>(
    `insert into labels (workspace_id, name) select $1, 'Label ' || n from generate_series(1, 30) n returning id`,
    [workspace.workspaceId],
  )
  labels = rows.map(({ id }) => id)
})

afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.end()))
  await database.drop()
})

const people = 4
const person = fc.nat({ max: people - 1 })

type Step =
  | { kind: 'message'; who: number; isInbound: boolean }
  | { kind: 'note' | 'label'; who: number }
  | { kind: 'merge_contacts' | 'merge_threads'; who: number; other: number }
  | { kind: 'split'; who: number; share: number; isBefore: boolean }
  | { kind: 'undo'; which: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('message' as const), who: person, isInbound: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('note' as const, 'label' as const), who: person }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('merge_contacts' as const, 'merge_threads' as const),
      who: person,
      other: person,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('split' as const),
      who: person,
      share: fc.nat({ max: 3 }),
      isBefore: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('undo' as const), which: fc.nat({ max: 9 }) }) },
)

interface World {
  contacts: string[]
  threads: string[]
}

/** What was done and can be undone. */
interface Done {
  kind: 'contacts' | 'thread' | 'split'
  id: string
}

async function makeWorld(): Promise<World> {
  const ids = () => Array.from({ length: people }, () => randomUUID())
  const [contacts, accounts, threads] = [ids(), ids(), ids()]
  await connections[0].query(
    `with c as (
       insert into contacts (id, workspace_id, created_at) select id, $1, '2026-01-01' from unnest($2::uuid[]) as n (id)
     ), i as (
       insert into contact_identities (id, workspace_id, contact_id)
       select id, $1, contact_id from unnest($3::uuid[], $2::uuid[]) as n (id, contact_id)
     )
     insert into conversations (id, workspace_id, channel_id, identity_id, last_activity_at)
     select id, $1, $5, identity_id, '2026-01-01' from unnest($4::uuid[], $3::uuid[]) as n (id, identity_id)`,
    [workspace.workspaceId, contacts, accounts, threads, workspace.channelId],
  )
  return { contacts, threads }
}

let at = 0

/** Runs a statement of ours; null where a rule refuses it. Two that got into each other's way try again, as members do. */
async function attempt<Row extends pg.QueryResultRow>(
  connection: pg.Client,
  statement: string,
  values: unknown[],
): Promise<Row[] | null> {
  for (;;) {
    try {
      return (await connection.query<Row>(statement, values)).rows
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error
      if (error.code === 'P0001') return null
      if (error.code !== '40P01') throw error
    }
  }
}

async function writeMessage(
  connection: pg.Client,
  world: World,
  who: number,
  isInbound: boolean,
  place: number,
) {
  await attempt(
    connection,
    `insert into messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
     select $1, $2, $3, gen_random_uuid()::text, case when $4 then 'inbound' else 'outbound' end::message_direction,
       (case when $4 then 'cloud_api' else 'business_app' end)::message_origin, 'text', $5::text,
       timestamptz '2026-02-01' + $6 * interval '1 second'
     -- As ingest does: locked in one order before anything is written.
     from (select private.lock_threads_together($1, array[$2::uuid]) offset 0) locked`,
    [
      workspace.workspaceId,
      world.threads[who],
      workspace.channelId,
      isInbound,
      `Message ${String(place)}`,
      place,
    ],
  )
}

async function writeNote(connection: pg.Client, world: World, who: number, place: number) {
  await attempt(
    connection,
    `insert into conversation_notes (workspace_id, conversation_id, author_id, body, client_reference)
     values ($1, $2, $3, $4, gen_random_uuid())`,
    [workspace.workspaceId, world.threads[who], workspace.ownerId, `Note ${String(place)}`],
  )
}

async function addLabel(connection: pg.Client, world: World, onto: number, place: number) {
  await attempt(
    connection,
    `select private.set_conversation_labels($1, $2, label_ids || $3::uuid) from conversations where id = $2`,
    [workspace.workspaceId, world.threads[onto], labels[place]],
  )
}

async function rootsOf(world: World): Promise<number[]> {
  const { rows } = await connections[0].query<{ root: number }>(
    `select array_position($2::uuid[], root_id) - 1 as root from conversations
     where workspace_id = $1 and id = any ($2::uuid[]) order by array_position($2::uuid[], id)`,
    [workspace.workspaceId, world.threads],
  )
  return rows.map(({ root }) => root)
}

/** One step in the world where threads and contacts are merged, split and parted. */
async function play(
  connection: pg.Client,
  world: World,
  step: Step,
  done: Done[],
  place: number,
): Promise<void> {
  const { workspaceId } = workspace
  switch (step.kind) {
    case 'message':
      return writeMessage(connection, world, step.who, step.isInbound, place)
    case 'note':
      return writeNote(connection, world, step.who, place)
    case 'label':
      return addLabel(connection, world, step.who, place)
    case 'merge_contacts': {
      const rows = await attempt<{ id: string }>(
        connection,
        `select private.merge_contacts($1, a.root_id, array[b.root_id], '{}', 'The same person', repeat('0', 64)) as id
         from contacts a, contacts b where a.id = $2 and b.id = $3`,
        [workspaceId, world.contacts[step.who], world.contacts[step.other]],
      )
      if (rows?.[0]) done.push({ kind: 'contacts', id: rows[0].id })
      return
    }
    case 'merge_threads': {
      const rows = await attempt<{ ids: string[] }>(
        connection,
        `select private.merge_conversations($1, array[a.root_id, b.root_id], a.root_id, 'One thread') as ids
         from conversations a, conversations b where a.id = $2 and b.id = $3`,
        [workspaceId, world.threads[step.who], world.threads[step.other]],
      )
      for (const id of rows?.[0]?.ids ?? []) done.push({ kind: 'thread', id })
      return
    }
    case 'split': {
      const rows = await attempt<{ split_id: string }>(
        connection,
        `select s.split_id
         from (
           select m.id from conversations c
           join conversations t on t.root_id = c.root_id
           join messages m on m.conversation_id = t.id
           where c.id = $2 order by m.occurred_at offset $3 limit 1
         ) cut
         cross join lateral private.split_conversation($1, $2, case when $4
           then jsonb_build_object('from', null, 'to', cut.id) else jsonb_build_object('from', cut.id, 'to', null) end,
           'Another matter') s`,
        [workspaceId, world.threads[step.who], step.share, step.isBefore],
      )
      if (rows?.[0]) done.push({ kind: 'split', id: rows[0].split_id })
      return
    }
    case 'undo': {
      const what = done[step.which % Math.max(done.length, 1)]
      if (what) await undo(connection, what)
    }
  }
}

async function undo(connection: pg.Client, { kind, id }: Done): Promise<void> {
  const call = {
    contacts: 'select from private.undo_contact_merge($1, $2)',
    thread: 'select private.undo_conversation_merge($1, $2)',
    split: 'select private.undo_conversation_split($1, $2)',
  }[kind]
  await attempt(connection, call, [workspace.workspaceId, id])
}

/** What the inbox shows of a world, thread by thread, with places for ids; what stands at each root, and what it says. */
async function readWorld(world: World): Promise<unknown> {
  const { rows } = await connections[0].query(
    `select array_position($2::uuid[], c.root_id) as root, c.inbound_count, c.last_inbound_at, c.waiting_since,
       c.own_label_ids, array(select l from unnest(c.label_ids) l order by l) as labels,
       (select m.text from messages m where m.id = c.last_message_id) as last,
       case when c.last_message_id is not null then c.last_activity_at end as last_activity_at,
       array(
         select m.text from conversations t join messages m on m.conversation_id = t.id
         where t.root_id = c.id order by m.occurred_at
       ) as messages,
       array(
         select n.body from conversations t join conversation_notes n on n.conversation_id = t.id
         where t.root_id = c.id order by n.body
       ) as notes
     from conversations c where c.workspace_id = $1 and c.id = any ($2::uuid[])
     order by array_position($2::uuid[], c.id)`,
    [workspace.workspaceId, world.threads],
  )
  return rows
}

/** Of everything that stands at a root, what its counters say and what there is. */
async function readCounters(world: World): Promise<{ told: unknown; there: unknown }[]> {
  const { rows } = await connections[0].query<{ told: unknown; there: unknown }>(
    `select jsonb_build_array(c.inbound_count, c.last_inbound_at, c.last_message_id) as told,
       jsonb_build_array(count(m.id) filter (where m.direction = 'inbound'),
         max(m.occurred_at) filter (where m.direction = 'inbound'),
         (array_agg(m.id order by m.occurred_at desc, m.id desc) filter (where m.id is not null))[1]) as there
     from conversations c
     join conversations t on t.workspace_id = c.workspace_id and t.root_id = c.id
     left join messages m on m.conversation_id = t.id
     where c.workspace_id = $1 and c.is_root and c.identity_id in (
       select o.identity_id from conversations o where o.workspace_id = $1 and o.id = any ($2::uuid[])
     )
     group by c.id`,
    [workspace.workspaceId, world.threads],
  )
  return rows
}

test('undoing every merge and split, in any order, equals never having made one', async () => {
  const held = { contacts: 0, thread: 0, split: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 4, maxLength: 12 }),
      fc.infiniteStream(fc.nat({ max: 99 })),
      async (rounds, order) => {
        const [world, twin] = [await makeWorld(), await makeWorld()]
        const done: Done[] = []
        let labelled = 0
        // The last one has a message more, at which their thread is split.
        for (const who of [0, 1, 2, 3, 3]) {
          for (const each of [world, twin]) await writeMessage(connections[0], each, who, true, at + 1)
          at += 1
        }
        // Threads can only be merged where contacts are.
        for (const other of [1, 2])
          await play(connections[0], world, { kind: 'merge_contacts', who: 0, other }, done, at)
        await play(connections[0], world, { kind: 'merge_threads', who: 0, other: 1 }, done, at)
        await play(connections[0], world, { kind: 'split', who: 3, share: 0, isBefore: true }, done, at)
        for (const round of rounds) {
          const places = round.map(() => (at += 1))
          // What staff does to a thread that was merged is done to the one that shows it: labels go by themselves.
          const together = round.filter(({ kind }) => kind !== 'label')
          await Promise.all(
            together.map((step, index) =>
              play(connections[index] ?? connections[0], world, step, done, places[index] ?? at),
            ),
          )
          for (const [index, step] of together.entries()) {
            const place = places[index] ?? at
            if (step.kind === 'message')
              await writeMessage(connections[0], twin, step.who, step.isInbound, place)
            if (step.kind === 'note') await writeNote(connections[0], twin, step.who, place)
          }
          for (const step of round) {
            if (step.kind !== 'label' || labelled >= labels.length) continue
            const onto = (await rootsOf(world))[step.who] ?? step.who
            await addLabel(connections[0], world, onto, labelled)
            await addLabel(connections[0], twin, onto, labelled)
            labelled += 1
          }
        }
        for (const { told, there } of await readCounters(world)) expect(told).toEqual(there)
        for (const { kind } of done) held[kind] += 1
        for (const left = [...done]; left.length > 0;) {
          const [what] = left.splice((order.next().value ?? 0) % left.length, 1)
          if (what) await undo(connections[0], what)
        }
        expect(await readWorld(world)).toEqual(await readWorld(twin))
        for (const { told, there } of await readCounters(world)) expect(told).toEqual(there)
      },
    ),
    { numRuns: histories, endOnFailure: true },
  )
  expect(held.contacts).toBeGreaterThanOrEqual(2 * histories)
  expect(held.thread).toBeGreaterThanOrEqual(histories)
  expect(held.split).toBeGreaterThanOrEqual(histories)
}, 14_400_000)
