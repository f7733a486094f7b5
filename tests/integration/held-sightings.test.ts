import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { outboundBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

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

test('a customer whom only statuses name takes up no more room with each of them', async () => {
  for (let index = 0; index < 30; index++) {
    const body = outboundBody('delivered', {
      wamid: `wamid.unseen${String(index)}`,
      phoneNumberId: workspace.phoneNumberId,
      phone: '6281200000077',
      businessScopedId: 'ID.77',
      at: 1_780_000_000 + index,
    })
    await pipeline.deliver(workspace, sign('whatsapp.message.delivered', body, workspace.secret))
    if (index % 5 === 0) await pipeline.applyAll(workspace)
  }
  await pipeline.applyAll(workspace)
  const held = await runAs<{ seen_at: Date }>(
    database.adminUrl,
    'select seen_at from private.held_sightings order by seen_at',
  )
  expect(held.map((row) => row.seen_at.getTime() / 1000)).toEqual([1_780_000_000, 1_780_000_029])
  expect(await runAs(database.adminUrl, 'select from contacts')).toHaveLength(0)
})
