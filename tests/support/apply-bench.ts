import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { sign } from './kapso-bodies.ts'
import { startPipeline, type Pipeline } from './pipeline.ts'
import { makeWorkspace, type TestWorkspace } from './workspace.ts'

type Json = Record<string, unknown>

/** A database with an ingest pipeline, and workspaces to tell things to. */
export interface ApplyBench {
  database: TestDatabase
  pipeline: Pipeline
  /** A workspace of its own for a test, whose number is that of the sample bodies. */
  makeWorkspace(): Promise<ToldWorkspace>
  close(): Promise<void>
}

export interface ToldWorkspace extends TestWorkspace {
  /** Delivers a body through the door and applies whatever is pending. */
  tell(name: string, body: object): Promise<void>
  /** Jobs of a queue that the workspace's events made, oldest first. */
  jobs(queue: string): Promise<{ data: Json; priority: number }[]>
}

/** The number that the sample bodies name. */
export const samplePhoneNumberId = '123456789012345'

export async function startApplyBench(): Promise<ApplyBench> {
  const database = await createTestDatabase()
  const pipeline = await startPipeline(database)
  return {
    database,
    pipeline,
    makeWorkspace: async () => {
      const workspace = await makeWorkspace(database.adminUrl, { phoneNumberId: samplePhoneNumberId })
      return {
        ...workspace,
        tell: async (name, body) => {
          const status = await pipeline.deliver(workspace, sign(name, body, workspace.secret))
          if (status !== 200) throw new Error(`the door answered ${String(status)}`)
          await pipeline.applyAll(workspace)
        },
        jobs: async (queue) => {
          const { rows } = await sql<{ data: Json; priority: number }>`
            select data, priority from pgboss.job
            where name = ${queue} and data ->> 'workspaceId' = ${workspace.workspaceId}
            order by created_on, id
          `.execute(pipeline.kysely)
          return rows
        },
      }
    },
    close: async () => {
      await pipeline.close()
      await database.drop()
    },
  }
}

/** A body that Kapso's documentation shows, with some of it replaced. Objects are merged, everything else is replaced. */
export function sample(name: string, changes: Json = {}): Json {
  const file = new URL(`./payloads/${name}.json`, import.meta.url)
  return merge(JSON.parse(readFileSync(file, 'utf8')) as Json, changes)
}

function merge(body: Json, changes: Json): Json {
  const merged: Json = { ...body }
  for (const [key, value] of Object.entries(changes)) {
    const old = body[key]
    merged[key] = isObject(old) && isObject(value) ? merge(old, value) : value
  }
  return merged
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
