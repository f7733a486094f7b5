import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
  type Database,
} from '../../src/lib/server/database/database.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { receivedBody, sign } from './kapso-bodies.ts'
import { startPipeline, type Pipeline } from './pipeline.ts'
import { runAs } from './run-as.ts'
import { addMember, makeWorkspace, type TestWorkspace } from './workspace.ts'

/** A workspace whose contacts come in through the door, and are edited by its members. */
export interface ContactBench {
  database: TestDatabase
  workspace: TestWorkspace
  /** As `ContactsOf`. */
  of: { id: string; timeZone: string; defaultCountry: string }
  owner: Claims
  asMember: AsMember
  asOwner: <Result>(work: (database: Database) => Promise<Result>) => Promise<Result>
  /**
   * Lets somebody write, and returns their contact as it stands then. Where no time is given, all write in the same second:
   * which of two names is newer must not hang on when a test happens to run.
   */
  receive(phone: string, facts?: { name?: string; at?: number; text?: string }): Promise<string>
  /** What became of the latest item of the ledger. */
  lastOutcome(): Promise<{ id: number; status: string; reason: string | null }>
  applyAll(): Promise<void>
  query<Row extends Record<string, unknown>>(statement: string, values?: unknown[]): Promise<Row[]>
  addAgent(visibility: 'all' | 'team' | 'own'): Promise<Claims>
  close(): Promise<void>
}

export async function makeContactBench(): Promise<ContactBench> {
  const database = await createTestDatabase()
  const pipeline: Pipeline = await startPipeline(database)
  const workspace = await makeWorkspace(database.adminUrl)
  const web: Kysely<DB> = createDatabase(pipeline.webPool)
  const asMember = createAsMember(web, pipeline.queue.enqueue)
  const owner: Claims = { sub: workspace.ownerId, exp: 0 }
  const writtenAt = Math.floor(Date.now() / 1000)
  const query: ContactBench['query'] = (statement, values) => runAs(database.adminUrl, statement, values)
  return {
    database,
    workspace,
    of: { id: workspace.workspaceId, timeZone: 'Asia/Jakarta', defaultCountry: 'ID' },
    owner,
    asMember,
    asOwner: (work) => asMember(owner, (trx) => work(trx)),
    query,
    applyAll: async () => {
      await pipeline.applyAll(workspace)
    },
    async receive(phone, { name, at, text = 'Halo' } = {}) {
      const body = receivedBody({
        wamid: `wamid.${randomUUID()}`,
        phoneNumberId: workspace.phoneNumberId,
        phone,
        text,
        at: at ?? writtenAt,
        ...(name === undefined ? {} : { contactName: name }),
      })
      await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
      await pipeline.applyAll(workspace)
      const [row] = await query<{ id: string }>(
        `select c.root_id as id from contact_identities i join contacts c on c.id = i.contact_id
         where i.workspace_id = $1 and i.phone_normalized = $2`,
        [workspace.workspaceId, `+${phone}`],
      )
      if (row === undefined) throw new Error(`nobody has ${phone}`)
      return row.id
    },
    async lastOutcome() {
      const [row] = await query<{ id: string; status: string; reason: string | null }>(
        'select id, status, reason from webhook_events where workspace_id = $1 order by id desc limit 1',
        [workspace.workspaceId],
      )
      if (row === undefined) throw new Error('the ledger is empty')
      return { ...row, id: Number(row.id) }
    },
    async addAgent(visibility) {
      const claims = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
      await query('update workspace_members set visibility = $2 where user_id = $1', [claims.sub, visibility])
      return claims
    },
    async close() {
      await pipeline.close()
      await database.drop()
    },
  }
}
