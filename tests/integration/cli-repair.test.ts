import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { runCommand } from '../support/command-line.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { encryptionKeys, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace
let environment: Record<string, string>

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  workspace = await makeWorkspace(database.adminUrl)
  environment = {
    DATABASE_URL_WORKER: database.workerUrl,
    SUPABASE_URL: 'http://127.0.0.1:1',
    SUPABASE_PUBLISHABLE_KEY: 'publishable',
    SUPABASE_SECRET_KEY: 'secret',
    ENCRYPTION_KEYS: encryptionKeys,
    ORIGIN: 'http://127.0.0.1:1',
  }
  for (const [wamid, phoneNumberId] of [
    ['wamid.1', workspace.phoneNumberId],
    ['wamid.2', '999'],
  ] as const) {
    const body = receivedBody({ wamid, phoneNumberId, phone: '6281200000061', text: 'Rahasia' })
    await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
  }
  await pipeline.applyAll(workspace)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

/** Runs a command on the workspace and reads its JSON. */
async function run(
  ...words: string[]
): Promise<{ exitCode: number | null; answer: unknown; stdout: string }> {
  const { exitCode, stdout, stderr } = await runCommand(
    [...words, '--workspace', workspace.workspaceId, '--json'],
    environment,
  )
  if (stdout === '') throw new Error(stderr)
  return { exitCode, answer: JSON.parse(stdout), stdout }
}

const lines = async (...words: string[]) =>
  runCommand([...words, '--workspace', workspace.workspaceId], environment)

const statuses = async () =>
  (
    await runAs<{ status: string }>(
      database.adminUrl,
      'select status from public.webhook_events where workspace_id = $1 order by id',
      [workspace.workspaceId],
    )
  ).map(({ status }) => status)

describe('failures', () => {
  test('are listed by cause', async () => {
    expect(await run('failures', 'list')).toMatchObject({
      exitCode: 0,
      answer: {
        groups: [{ status: 'quarantined', reason: 'unknown_phone_number', count: 1 }],
        alarms: [],
      },
    })
    expect((await lines('failures', 'list')).stdout).toMatch(/^quarantined +1 × unknown_phone_number/)
  })

  test('are set going again, with a job', async () => {
    await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
    const { answer } = await run('failures', 'redrive', '--cause', 'unknown_phone_number')
    expect(answer).toEqual({ eventIds: [expect.any(Number)] })
    const jobs = await runAs<{ ids: number[] }>(
      database.adminUrl,
      `select data -> 'webhookEventIds' as ids from pgboss.job where name = 'apply-events'`,
    )
    expect(jobs.map(({ ids }) => ids)).toEqual([(answer as { eventIds: number[] }).eventIds])
    expect(await statuses()).toEqual(['processed', 'pending'])
    await pipeline.applyAll(workspace)
    expect(await statuses()).toEqual(['processed', 'quarantined'])
  })

  test('need to be named', async () => {
    const { exitCode, stderr } = await lines('failures', 'redrive')
    expect(exitCode).toBe(1)
    expect(stderr).toBe('Give one of --event, --cause and --all.\n')
  })
})

describe('a replay', () => {
  test('says what would change, without what customers wrote, and changes nothing', async () => {
    await runAs(
      database.adminUrl,
      `insert into public.channels (workspace_id, name, phone_number_id, identity_scope) values ($1, 'New', '999', 'account')`,
      [workspace.workspaceId],
    )
    const { exitCode, answer, stdout } = await run('replay', '--from', '2020-01-01')
    expect({ exitCode, answer }).toMatchObject({
      exitCode: 0,
      answer: {
        check: { events: { selected: 2, replayed: 2, recovered: 1 }, failures: [] },
        applied: null,
      },
    })
    expect(stdout).toContain('"table":"messages","action":"insert"')
    expect(stdout).not.toContain('Rahasia')
    expect(stdout).not.toContain('81200000061')
    expect(await statuses()).toEqual(['processed', 'quarantined'])
  })

  test('changes it with --apply', async () => {
    const { stdout } = await lines('replay', '--from', '2020-01-01', '--apply')
    expect(stdout).toMatch(/2 of 2 events read again\.[^]*messages +\+1 ~0 -0[^]*Applied:/)
    expect(await statuses()).toEqual(['processed', 'processed'])
    expect((await lines('replay', '--from', '2020-01-01')).stdout).toBe(
      '2 of 2 events read again.\nNo row differs.\n',
    )
  })

  test('is of one thing', async () => {
    const both = await lines('replay', '--from', '2020-01-01', '--event', '1')
    expect(both).toMatchObject({ exitCode: 1, stderr: 'Give one of --event, --contact and --from.\n' })
    expect(await lines('replay', '--from', 'then')).toMatchObject({ exitCode: 2 })
  })
})

test('the warning signs end the command with 1 where there is one', async () => {
  expect(await run('invariants')).toMatchObject({ exitCode: 0, answer: { violations: [] } })
  await runAs(
    database.adminUrl,
    'update public.conversations set inbound_count = 9 where workspace_id = $1',
    [workspace.workspaceId],
  )
  const { exitCode, answer } = await run('invariants')
  const { violations } = answer as { violations: { name: string }[] }
  expect({ exitCode, names: violations.map(({ name }) => name) }).toEqual({
    exitCode: 1,
    names: ['inbound_count_wrong'],
  })
  const everywhere = await runCommand(['invariants'], environment)
  expect(everywhere.exitCode).toBe(1)
  expect(everywhere.stdout).toMatch(/^inbound_count_wrong \(\d+\): /)
})

test.each([['failures', 'list'], ['failures', 'redrive'], ['replay'], ['invariants']])(
  'help is there for %s %s',
  async (...words) => {
    const { exitCode, stdout } = await runCommand([...words, '--help'], environment)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('--json')
  },
)
