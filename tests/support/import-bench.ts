import { importPartBytes } from '../../src/lib/domain/csv/contact-import.ts'
import type { ImportMapping } from '../../src/lib/domain/csv/import-columns.ts'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type AsSystem,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import {
  addImportPart,
  advanceImport,
  createImport,
  findImport,
  listImportRows,
} from '../../src/lib/server/database/imports.ts'
import { runImport } from '../../src/lib/server/jobs/import-contacts.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { silentLog, startPipeline, type Pipeline } from './pipeline.ts'
import { runAs } from './run-as.ts'
import { makeWorkspace, type TestWorkspace } from './workspace.ts'

/** What all imports of a test file share. */
export interface ImportBench {
  database: TestDatabase
  pipeline: Pipeline
  asMember: AsMember
  /** Past all rules, as the database's owner. */
  query<Row extends Record<string, unknown>>(statement: string, values?: unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export async function makeImportBench(): Promise<ImportBench> {
  const database = await createTestDatabase()
  const pipeline = await startPipeline(database)
  return {
    database,
    pipeline,
    asMember: createAsMember(createDatabase(pipeline.webPool), pipeline.queue.enqueue),
    query: (statement, values) => runAs(database.adminUrl, statement, values),
    close: async () => {
      await pipeline.close()
      await database.drop()
    },
  }
}

type ImportStep = Parameters<typeof advanceImport>[3]

/** A workspace of its own, whose owner imports files. */
export interface ImportDesk {
  workspace: TestWorkspace
  owner: Claims
  upload(text: string | Uint8Array): Promise<string>
  /** Lets an import go on, without a worker that does it. */
  advance(importId: string, step: ImportStep): Promise<void>
  /** One worker does the step that an import is at. */
  run(importId: string, by?: { asSystem?: AsSystem; signal?: AbortSignal }): Promise<void>
  /** Uploads a file and checks it. */
  check(text: string, mapping: ImportMapping): Promise<string>
  told(importId: string): ReturnType<typeof findImport>
  rowsOf(importId: string): ReturnType<typeof listImportRows>
}

export async function openImportDesk(bench: ImportBench): Promise<ImportDesk> {
  const { asMember, pipeline } = bench
  const workspace = await makeWorkspace(bench.database.adminUrl)
  const { workspaceId } = workspace
  const owner: Claims = { sub: workspace.ownerId, exp: 4_102_444_800 }
  const desk: ImportDesk = {
    workspace,
    owner,
    async upload(text) {
      const bytes = Buffer.from(text)
      const file = { name: 'contacts.csv', byteSize: bytes.length }
      const importId = await asMember(owner, (db) => createImport(db, workspaceId, file))
      for (let place = 0; place * importPartBytes < bytes.length; place++) {
        const part = { place, bytes: bytes.subarray(place * importPartBytes, (place + 1) * importPartBytes) }
        await asMember(owner, (db) => addImportPart(db, workspaceId, importId, part))
      }
      return importId
    },
    async advance(importId, step) {
      const isGoing = await asMember(owner, (db) => advanceImport(db, workspaceId, importId, step))
      if (!isGoing) throw new Error(`${step.step} is not possible`)
    },
    run: (importId, { asSystem = pipeline.asSystem, signal } = {}) =>
      runImport({ asSystem, log: silentLog }, { workspaceId, importId }, signal),
    async check(text, mapping) {
      const importId = await desk.upload(text)
      await desk.advance(importId, { step: 'check', mapping })
      await desk.run(importId)
      return importId
    },
    told: (importId) => asMember(owner, (db) => findImport(db, workspaceId, importId)),
    rowsOf: (importId) =>
      asMember(owner, (db) =>
        listImportRows(db, workspaceId, importId, { verdict: null, outcome: null, after: 0, limit: 5000 }),
      ),
  }
  return desk
}
