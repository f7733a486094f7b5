import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { runCommand } from '../support/command-line.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { encryptionKeys, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

const nextKeys = `next:${Buffer.alloc(32, 9).toString('base64')}`

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
})

beforeEach(async () => {
  pipeline = await startPipeline(database)
  workspace = await makeWorkspace(database.adminUrl)
  return () => pipeline.close()
})

afterAll(() => database.drop())

function run(words: string[], environment: Record<string, string> = {}) {
  return runCommand([...words, '--json'], {
    DATABASE_URL_WORKER: database.workerUrl,
    SUPABASE_URL: 'http://127.0.0.1:1',
    SUPABASE_PUBLISHABLE_KEY: 'publishable',
    SUPABASE_SECRET_KEY: 'secret',
    ENCRYPTION_KEYS: encryptionKeys,
    ORIGIN: 'http://127.0.0.1:1',
    ...environment,
  })
}

let sequence = 0

/** Delivers a message that is signed with a secret; the door's answer. */
function deliver(secret: string): Promise<number> {
  sequence += 1
  const body = receivedBody({
    wamid: `wamid.rotation${String(sequence)}`,
    phoneNumberId: workspace.phoneNumberId,
    phone: '6281200000062',
  })
  return pipeline.deliver(workspace, sign('whatsapp.message.received', body, secret))
}

const newSecret = 'a new webhook secret'

test('a new webhook secret counts at once, and the one before until its grace is over', async () => {
  const { stdout, exitCode } = await run(
    ['secrets', 'rotate', '--endpoint', workspace.endpointId, '--grace-hours', '1'],
    { WEBHOOK_SECRET: newSecret },
  )
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ endpointId: workspace.endpointId })
  expect(await deliver(newSecret)).toBe(200)
  expect(await deliver(workspace.secret)).toBe(200)
  expect(await deliver('another')).toBe(401)

  await run(['secrets', 'rotate', '--endpoint', workspace.endpointId, '--grace-hours', '0'], {
    WEBHOOK_SECRET: 'the newest secret',
  })
  // The door keeps an endpoint for some seconds.
  await pipeline.close()
  pipeline = await startPipeline(database)
  expect(await deliver(newSecret)).toBe(401)
  expect(await deliver(workspace.secret)).toBe(401)
  expect(await deliver('the newest secret')).toBe(200)
})

test('all secrets are sealed anew, and open without the old key', async () => {
  const keyIds = () =>
    runAs(
      database.adminUrl,
      `select distinct convert_from(substring(sealed from 2 for get_byte(sealed, 0)), 'utf8') as id
       from private.webhook_secrets`,
    )
  expect(await keyIds()).toEqual([{ id: 'test' }])
  const { exitCode } = await run(['secrets', 'reseal'], {
    ENCRYPTION_KEYS: `${nextKeys},${encryptionKeys}`,
  })
  expect(exitCode).toBe(0)
  expect(await keyIds()).toEqual([{ id: 'next' }])
  const again = await run(['secrets', 'reseal'], { ENCRYPTION_KEYS: nextKeys })
  expect(again.exitCode).toBe(0)

  const without = await run(['secrets', 'reseal'], { ENCRYPTION_KEYS: encryptionKeys })
  expect(without.exitCode).toBe(1)
  expect(without.stderr).toContain('Nothing was changed')
  expect(await keyIds()).toEqual([{ id: 'next' }])
})

test('an endpoint that does not exist is said so', async () => {
  const { exitCode, stderr } = await run(
    ['secrets', 'rotate', '--endpoint', '00000000-0000-4000-8000-000000000000'],
    { WEBHOOK_SECRET: newSecret },
  )
  expect(exitCode).toBe(1)
  expect(stderr).toContain('There is no such webhook endpoint.')
})
