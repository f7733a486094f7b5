import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findPrivateWords } from '../e2e/private-words.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { runAs } from '../support/run-as.ts'
import { makeWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let directory: string

beforeAll(async () => {
  database = await createTestDatabase()
  directory = await mkdtemp(join(tmpdir(), 'private-words-'))
  await mkdir(join(directory, 'logs'))
  for (const log of ['logs/web.log', 'logs/worker.log', 'logs/embedded.log', 'gateway.log', 'postgres.log'])
    await writeFile(join(directory, log), 'Started\n')
})

afterAll(async () => {
  await database.drop()
  await rm(directory, { recursive: true })
})

test('what people are called is found in a log, and told by its kind alone', async () => {
  await expect(findPrivateWords(database.adminUrl, directory)).rejects.toThrow('nothing to look for')
  const { workspaceId } = await makeWorkspace(database.adminUrl)
  await runAs(
    database.adminUrl,
    `insert into public.contacts (workspace_id, email)
     select $1, 'pelanggan-' || n || '@example.com' from generate_series(1, 30) n`,
    [workspaceId],
  )
  expect(await findPrivateWords(database.adminUrl, directory)).toEqual([])
  await writeFile(join(directory, 'gateway.log'), '{"to":"pelanggan-7@example.com"}\n')
  await writeFile(join(directory, 'logs/worker.log'), 'Mail "Reset" for pelanggan-8@example.com\n')
  expect(await findPrivateWords(database.adminUrl, directory)).toEqual(['gateway.log: address'])
})
