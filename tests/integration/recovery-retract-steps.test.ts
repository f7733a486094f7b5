import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { replayEvents } from '../../src/lib/server/ingest/replay-events.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody } from '../support/kapso-bodies.ts'
import { openRetraction, stranger, type RetractionScene } from '../support/retraction-scene.ts'
import { readEveryColumn } from '../support/wrecked-runs.ts'

let database: TestDatabase
let at: RetractionScene

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => {
  at = await openRetraction(database)
})
afterEach(() => at.scene.pipeline.close())

const everything = () => readEveryColumn(database.adminUrl, at.scene.workspace.workspaceId)

/** A picture that somebody forged. */
async function forgePicture(wamid: string, second: number) {
  const body = receivedBody(at.facts(wamid, stranger, second)) as { message: object }
  await at.deliver(at.leaky, 'whatsapp.message.received', {
    ...body,
    message: {
      ...body.message,
      type: 'image',
      text: undefined,
      image: { id: `media-${wamid}`, mime_type: 'image/jpeg', caption: 'Ini' },
    },
  })
}

/** A signal that ends the work before one of its batches. */
function endBefore(batch: number): AbortSignal {
  const dying = new AbortController()
  let asked = 0
  return new Proxy(dying.signal, {
    get: (target, property) => {
      if (property === 'throwIfAborted' && ++asked === batch) dying.abort()
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

test('an undo that ends within a step leaves nothing for a replay to write again', async () => {
  for (let n = 1; n <= 4; n++) await forgePicture(`f${String(n)}`, n)
  await at.scene.apply()
  const before = await everything()
  const run = await at.plan()
  await run.apply({ itemsAtATime: 4 })
  expect(await at.wamids()).toEqual([])
  // The contact and three of the four events.
  await expect(run.undo({ itemsAtATime: 2, signal: endBefore(3) })).rejects.toThrow()
  const leading = await at.query(
    `select e.id from webhook_events e where e.workspace_id = $1 and e.status = 'processed'
       and (select count(*) from messages m where m.workspace_id = $1) < 4`,
  )
  expect(leading).toEqual([])
  const { from, to } = at.span()
  await replayEvents(
    { asSystem: at.scene.pipeline.asSystem },
    at.scene.workspace.workspaceId,
    { from, to },
    'apply',
  )
  await run.undo({ itemsAtATime: 2 })
  expect(await run.report()).toEqual({ state: 'undone', items: { undone: 5 } })
  const after = await everything()
  for (const table of [
    'public.messages',
    'public.message_media',
    'public.contacts',
    'public.identity_phones',
  ])
    expect(after[table]).toEqual(before[table])
})

test('a message that is there again under another id does not stand in the way of an undo', async () => {
  await forgePicture('f1', 1)
  await at.scene.apply()
  const run = await at.plan()
  await run.apply()
  await at.query(
    `update webhook_events set status = 'pending', reason = null, processed_at = null where workspace_id = $1`,
  )
  await at.scene.apply()
  expect(await at.wamids()).toEqual(['f1'])
  await run.undo()
  expect((await run.report()).state).toBe('undone')
  expect(await at.wamids()).toEqual(['f1'])
})

test('what can be read no longer is said to stay, in the plan and where it went since', async () => {
  for (const [second, wamid] of ['f1', 'f2', 'f3'].entries())
    await at.receive(at.leaky, at.facts(wamid, `+62812000003${String(second)}0`, second))
  await at.scene.apply()
  const drop = (wamid: string) =>
    at.query(
      `update webhook_deliveries d set body = null
       where d.workspace_id = $1 and position(convert_to($2, 'UTF8') in d.body) > 0`,
      [wamid],
    )
  await drop('"f1"')
  const run = await at.plan()
  const ofEvents = async () =>
    (await run.items()).flatMap(({ subject, why, state, outcome_why: outcome }) =>
      subject.startsWith('event ') ? [[why, state, outcome]] : [],
    )
  expect(await ofEvents()).toEqual([
    ['body_missing', 'skipped', null],
    ['forged_message', 'pending', null],
    ['forged_message', 'pending', null],
  ])
  await drop('"f2"')
  await run.apply()
  expect(await ofEvents()).toEqual([
    ['body_missing', 'skipped', null],
    ['forged_message', 'skipped', 'body_missing'],
    ['forged_message', 'applied', null],
  ])
  expect(await at.wamids()).toEqual(['f1', 'f2'])
  // Of the first one's contact nothing was planned.
  const ofContacts = (await run.items()).flatMap(({ why, state, outcome_why: outcome }) =>
    why === 'forged_contact' ? [`${state} ${outcome ?? ''}`] : [],
  )
  expect(new Set(ofContacts)).toEqual(new Set(['applied ', 'skipped known_otherwise']))
  expect(ofContacts).toHaveLength(2)
  expect(
    await at.query(
      `select count(*)::int from webhook_events where workspace_id = $1 and reason = 'retracted'`,
    ),
  ).toEqual([{ count: 1 }])
})

test('a plan that found nothing ends no secret', async () => {
  const run = await at.plan()
  await run.apply()
  expect((await run.report()).state).toBe('applied')
  expect(
    await at.query(
      'select expires_at from private.webhook_secrets where workspace_id = $1 and endpoint_id = $2',
      [at.leaky.endpointId],
    ),
  ).toEqual([{ expires_at: null }])
})
