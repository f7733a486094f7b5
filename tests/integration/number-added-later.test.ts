import { afterAll, beforeAll, expect, test } from 'vitest'
import { addChannel } from '../../src/lib/server/operator/add-channel.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { encryptionKeys, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  workspace = await makeWorkspace(database.adminUrl)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

test('what came for a number before it was added is applied once it is', async () => {
  const body = receivedBody({ wamid: 'wamid.early', phoneNumberId: '777', phone: '6281200000042' })
  await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
  await pipeline.applyAll(workspace)
  const events = () => runAs(database.adminUrl, 'select status, reason from webhook_events')
  expect(await events()).toEqual([{ status: 'quarantined', reason: 'unknown_phone_number' }])

  await pipeline.asSystem((system) =>
    addChannel(system, createSealer(encryptionKeys), {
      workspace: workspace.workspaceId,
      phoneNumberId: '777',
      displayPhone: '+62 812 0000 0777',
      webhookSecret: 'another secret of the same workspace',
    }),
  )
  await pipeline.applyAll(workspace)
  expect(await events()).toEqual([{ status: 'processed', reason: null }])
  expect(await runAs(database.adminUrl, 'select wamid from messages')).toEqual([{ wamid: 'wamid.early' }])
})
