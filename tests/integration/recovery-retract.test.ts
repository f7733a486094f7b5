import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { replayEvents } from '../../src/lib/server/ingest/replay-events.ts'
import { retractDeliveries } from '../../src/lib/server/recovery/retract-deliveries.ts'
import { createSealer, webhookSecretContext } from '../../src/lib/server/secrets/sealing.ts'
import { readCanonicalRows } from '../support/canonical-rows.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { history } from '../support/generated-history.ts'
import type { IdentityScene } from '../support/identity-scene.ts'
import { queryOnce } from '../support/query.ts'
import {
  addEndpoint,
  budi,
  openRetraction,
  stranger,
  type RetractionScene,
} from '../support/retraction-scene.ts'
import { encryptionKeys, type TestWorkspace } from '../support/workspace.ts'
import { planRun, readEveryColumn } from '../support/wrecked-runs.ts'
import { makeTwoChannels, tellEvent } from '../support/wrecked-workspace.ts'

const began = 1_760_000_000

let database: TestDatabase
let retraction: RetractionScene
let scene: IdentityScene
/** The endpoint whose secret somebody else knows. */
let leaky: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(async () => {
  await database.drop()
})

beforeEach(async () => {
  retraction = await openRetraction(database)
  ;({ scene, leaky } = retraction)
})

afterEach(async () => {
  await scene.pipeline.close()
})

const query: RetractionScene['query'] = (...asked) => retraction.query(...asked)
const facts: RetractionScene['facts'] = (...told) => retraction.facts(...told)
const receive: RetractionScene['receive'] = (...told) => retraction.receive(...told)
const forge = () => retraction.forge()
const span = () => retraction.span()
const plan = () => retraction.plan()
const wamids = () => retraction.wamids()

async function summary() {
  const [row] = await query(
    `select c.inbound_count, l.wamid, c.last_inbound_at = $2::timestamptz as is_last, r.read_count
     from conversations c
     join contact_identities i on i.id = c.identity_id
     left join messages l on l.id = c.last_message_id
     left join conversation_reads r on r.conversation_id = c.id
     where c.workspace_id = $1 and i.phone_normalized = '${budi}'`,
    [new Date((began + 30) * 1000).toISOString()],
  )
  return row
}

describe('taking back what an endpoint let in', () => {
  test('sets aside what was forged, keeps what is genuine, and gives everything back as it was', async () => {
    await forge()
    expect(await wamids()).toEqual(['f1', 'f4', 'g1', 'g2', 'g4'])
    const before = await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)
    const run = await plan()
    expect(await run.report()).toEqual({ state: 'planned', items: { pending: 5 } })
    expect(await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)).toEqual(before)

    await run.apply()
    expect(await run.report()).toEqual({ state: 'applied', items: { applied: 5 } })
    expect(await wamids()).toEqual(['g1', 'g2', 'g4'])
    expect(await summary()).toEqual({ inbound_count: 2, wamid: 'g4', is_last: true, read_count: 1 })
    expect(await query('select emoji, wamid from message_reactions where workspace_id = $1')).toEqual([
      { emoji: '👍', wamid: 'g3' },
    ])
    expect(await query(`select status from messages where workspace_id = $1 and wamid = 'g2'`)).toEqual([
      { status: 'sent' },
    ])
    expect(await query('select value from business_scoped_ids where workspace_id = $1')).toEqual([])
    expect(
      await query(
        'select name, lead_status, set_aside_at is not null as is_aside from contacts where workspace_id = $1 order by 3',
      ),
    ).toEqual([
      { name: 'Budi', lead_status: 'new', is_aside: false },
      { name: null, lead_status: 'spam', is_aside: true },
    ])
    expect(
      await query(
        `select reason, count(*)::int from webhook_events where workspace_id = $1 and status = 'ignored' group by reason`,
      ),
    ).toEqual([{ reason: 'retracted', count: 4 }])

    await run.undo()
    expect(await run.report()).toEqual({ state: 'undone', items: { undone: 5 } })
    expect(await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)).toEqual(before)
  })

  test('neither a replay nor the same delivery again brings it back while the run stands', async () => {
    await forge()
    const run = await plan()
    await run.apply()
    const { from, to } = span()
    const report = await replayEvents(
      { asSystem: scene.pipeline.asSystem },
      scene.workspace.workspaceId,
      { from, to },
      'apply',
    )
    expect(report.failures).toEqual([])
    await receive(scene.workspace, facts('f1', budi, 20, { text: 'Pay here' }))
    await scene.apply()
    expect(await wamids()).toEqual(['g1', 'g2', 'g4'])
    await run.undo()
    expect(await wamids()).toEqual(['f1', 'f4', 'g1', 'g2', 'g4'])
  })

  test('gives the endpoint a new secret, shown once, and ends those before', async () => {
    await forge()
    const run = await plan()
    await run.apply()
    const sealer = createSealer(encryptionKeys)
    const rows = await query(
      'select sealed, expires_at <= now() as is_over from private.webhook_secrets where workspace_id = $1 order by created_at',
    )
    const ofLeaky = rows.flatMap((row) => {
      try {
        const context = webhookSecretContext(scene.workspace.workspaceId, leaky.endpointId)
        return [{ secret: sealer.open(row['sealed'] as Buffer, context), isOver: row['is_over'] }]
      } catch {
        return []
      }
    })
    expect(ofLeaky).toEqual([
      { secret: leaky.secret, isOver: true },
      { secret: expect.stringMatching(/^[0-9a-f]{64}$/), isOver: null },
    ])
    expect(await query('select count(*)::int from private.recovery_answers where workspace_id = $1')).toEqual(
      [{ count: 1 }],
    )
  })

  test('goes on where a worker died, in both directions, and ends the same', async () => {
    await forge()
    const before = await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)
    const run = await plan()
    const stop = async (step: 'apply' | 'undo', at: number) => {
      let asked = 0
      const dying = new AbortController()
      // The worker looks at its signal before each batch.
      const signal = new Proxy(dying.signal, {
        get: (target, property) => {
          if (property === 'throwIfAborted' && ++asked === at) dying.abort()
          const value: unknown = Reflect.get(target, property, target)
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
      await expect(run[step]({ itemsAtATime: 1, signal })).rejects.toThrow()
    }
    await stop('apply', 3)
    expect(await run.report()).toEqual({ state: 'applying', items: { applied: 2, pending: 3 } })
    await run.apply()
    expect(await run.report()).toEqual({ state: 'applied', items: { applied: 5 } })
    expect(await wamids()).toEqual(['g1', 'g2', 'g4'])
    await stop('undo', 4)
    expect(await run.report()).toEqual({ state: 'undoing', items: { applied: 2, undone: 3 } })
    await run.undo()
    expect(await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)).toEqual(before)
  })

  test('a second run finds nothing left', async () => {
    await forge()
    await (await plan()).apply()
    const after = await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)
    const again = await plan()
    await again.apply()
    expect((await again.report()).items).toEqual({})
    expect(await readEveryColumn(database.adminUrl, scene.workspace.workspaceId)).toEqual(after)
  })

  test('what arrives meanwhile is kept, and who wrote themselves by then stays', async () => {
    await forge()
    const run = await plan()
    await receive(scene.workspace, facts('g5', stranger, 40, { contactName: 'Sari' }))
    await scene.apply()
    await run.apply()
    expect(await wamids()).toEqual(['g1', 'g2', 'g4', 'g5'])
    expect((await run.items()).at(-1)).toMatchObject({ state: 'skipped', outcome_why: 'known_otherwise' })
    expect(
      await query(`select set_aside_at, lead_status from contacts where workspace_id = $1 and name = 'Sari'`),
    ).toEqual([{ set_aside_at: null, lead_status: 'new' }])

    await receive(scene.workspace, facts('g6', budi, 50))
    await scene.apply()
    await run.undo()
    expect(await wamids()).toEqual(['f1', 'f4', 'g1', 'g2', 'g4', 'g5', 'g6'])
    expect(await summary()).toMatchObject({ inbound_count: 4, wamid: 'g6', read_count: 1 })
  })

  test('a contact that somebody has dealt with is not planned for', async () => {
    await forge()
    await query(`update contacts set edited_at = now() where workspace_id = $1 and name = 'Stranger'`)
    const run = await plan()
    expect((await run.items()).map(({ why }) => why)).toEqual([
      'forged_message',
      'forged_status',
      'forged_message',
      'forged_message',
    ])
  })

  test('a member who had read part keeps it so', async () => {
    await forge()
    // All but the newest is read: the forged one too.
    await query('update conversation_reads set read_count = 2 where workspace_id = $1 and user_id = $2', [
      scene.workspace.ownerId,
    ])
    const run = await plan()
    await run.apply()
    expect(await summary()).toMatchObject({ inbound_count: 2, read_count: 1 })
    await run.undo()
    expect(await summary()).toMatchObject({ inbound_count: 3, read_count: 2 })
  })

  test.each([
    [
      'the times the wrong way round',
      (): object => ({ from: span().to, to: span().from }),
      'recovery_times_turned',
    ],
    [
      "another workspace's endpoint",
      (): object => ({ endpointId: randomUUID() }),
      'recovery_endpoint_unknown',
    ],
  ])('refuses %s', async (_, wrong, code) => {
    const asked = { ...span(), ...wrong() }
    await expect(
      scene.pipeline.asSystem((transaction) =>
        Promise.resolve(retractDeliveries.checkParameters?.(transaction, scene.workspace.workspaceId, asked)),
      ),
    ).rejects.toMatchObject({ code })
  })
})

const generated = history.filter((events) => events.length > 3)

describe('of any history', () => {
  test('undoing equals before in every column, and what was not forged is as if nothing had been', async () => {
    await fc.assert(
      fc.asyncProperty(
        generated,
        fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
        async (events, marks) => {
          const worlds = await Promise.all([makeWorld(), makeWorld()])
          const [wrecked, clean] = worlds
          for (const [index, event] of events.entries()) {
            const isForged = marks[index] === true
            await tellEvent(scene.pipeline, isForged ? wrecked.leaky : wrecked.workspace, event)
            if (!isForged) await tellEvent(scene.pipeline, clean.workspace, event)
          }
          const before = await readEveryColumn(database.adminUrl, wrecked.workspace.workspaceId)
          const run = await planRun(
            database,
            scene.pipeline,
            wrecked.workspace,
            ['retract_deliveries', retractDeliveries],
            { ...span(), endpointId: wrecked.leaky.endpointId },
          )
          await run.apply({ itemsAtATime: 3 })
          expect(await readGenuine(wrecked.workspace.workspaceId)).toEqual(
            await readGenuine(clean.workspace.workspaceId),
          )
          await run.undo({ itemsAtATime: 2 })
          expect(await readEveryColumn(database.adminUrl, wrecked.workspace.workspaceId)).toEqual(before)
        },
      ),
      { numRuns: Number(process.env['RETRACTION_RUNS'] ?? 6), endOnFailure: true },
    )
  }, 180_000)

  async function makeWorld() {
    const workspace = await makeTwoChannels(database)
    return { workspace, leaky: await addEndpoint(database, workspace) }
  }

  const readGenuine = async (workspaceId: string) => {
    const rows = await readCanonicalRows(database.adminUrl, workspaceId)
    return inOneOrder({
      statuses: rows['message_statuses']?.map(({ wamid, status, occurred_at: at }) => ({
        wamid,
        status,
        at,
      })),
      messages: rows['messages']?.map(({ wamid, status, status_at: at, failed_at: failed, text }) => ({
        wamid,
        status,
        at,
        failed,
        text,
      })),
      reactions: rows['message_reactions']?.map(({ target_wamid: target, emoji, wamid }) => ({
        target,
        emoji,
        wamid,
      })),
      executions: rows['workflow_executions']?.map(({ status, occurred_at: at }) => ({ status, at })),
      channelEvents: rows['channel_events']?.length,
      sessions: rows['kapso_conversations']?.map(
        ({ kapso_conversation_id: id, status, status_at: at, inactive_at: quiet }) => ({
          id,
          status,
          at,
          quiet,
        }),
      ),
      // Whom a forged event tied together stay tied: which thread a message is in is not compared, but that each
      // thread's summary is true.
      wrongSummaries: await queryOnce(
        database.adminUrl,
        `select c.id from conversations c
         cross join lateral (
           select count(*) filter (where m.direction = 'inbound' and not m.is_silent) as inbound,
             max(m.occurred_at) filter (where m.direction = 'inbound') as last_inbound,
             (array_agg(m.id order by m.occurred_at desc, m.id desc))[1] as last_id, max(m.occurred_at) as last
           from conversations t join messages m on m.conversation_id = t.id where t.root_id = c.id
         ) now
         where c.workspace_id = $1 and c.root_id = c.id and (
           (c.inbound_count, c.last_inbound_at, c.last_message_id)
             is distinct from (now.inbound, now.last_inbound, now.last_id)
           or now.last_id is not null and c.last_activity_at <> now.last
         )`,
        [workspaceId],
      ),
    })
  }
})

/** Rows were in the order of their threads, whose names differ. */
function inOneOrder(told: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(told).map(([name, rows]) => [
      name,
      Array.isArray(rows) ? rows.map((row) => JSON.stringify(row)).sort() : rows,
    ]),
  )
}
