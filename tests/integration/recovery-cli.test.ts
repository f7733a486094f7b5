import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../support/command-line.ts'
import { makeRecoveryBench, type RecoveryBench } from '../support/recovery-bench.ts'
import { encryptionKeys, makeWorkspace } from '../support/workspace.ts'

let bench: RecoveryBench
let environment: Record<string, string>

beforeAll(async () => {
  bench = await makeRecoveryBench()
  environment = {
    DATABASE_URL_WORKER: bench.database.workerUrl,
    SUPABASE_URL: 'http://127.0.0.1:1',
    SUPABASE_PUBLISHABLE_KEY: 'publishable',
    SUPABASE_SECRET_KEY: 'secret',
    ENCRYPTION_KEYS: encryptionKeys,
    ORIGIN: 'http://127.0.0.1:1',
  }
  await bench.query(
    `with made as (
       insert into contacts (workspace_id, name, name_source, name_as_of)
       select $1, 'Rahasia', 'import', now() from generate_series(1, 25) returning id
     )
     insert into contact_identities (workspace_id, contact_id, phone, source)
     select $1, id, '0812 ' || 10000000 + row_number() over (), 'import' from made`,
    [bench.of.id],
  )
})

afterAll(() => bench.close())

interface Answer {
  answer?: { endpointId: string; secret: string } | null
  run: { id: string; state: string; counts: Record<string, number> }
  sample: { state: string; why: string }[]
  runs: { id: string; kind: string }[]
}

async function run(...words: string[]): Promise<Answer> {
  const { stdout, stderr, exitCode } = await runCommand(
    ['recovery', ...words, '--workspace', bench.of.id, '--json'],
    environment,
  )
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Answer
}

const lines = (...words: string[]) =>
  runCommand(['recovery', ...words, '--workspace', bench.of.id], environment)

test('plans, shows, applies and takes back, and the same runs stand on the page', async () => {
  const planned = await run('plan', '--kind', 'recompute_numbers', '--reason', 'A new library')
  expect(planned.run).toMatchObject({ state: 'planned', counts: { pending: 25 } })
  expect(planned.sample).toHaveLength(20)
  expect(planned.sample[0]).toMatchObject({ state: 'pending', why: 'number' })
  expect((await run('show', '--run', planned.run.id)).sample).toEqual(planned.sample)
  // Customers' names and numbers are no matter of a terminal.
  expect(JSON.stringify(planned)).not.toMatch(/Rahasia|\+62|0812/)
  const { id } = planned.run
  expect(await bench.run(id)).toMatchObject({ kind: 'recompute_numbers', reason: 'A new library' })
  expect((await run('list')).runs).toMatchObject([{ id, kind: 'recompute_numbers' }])
  expect((await run('apply', '--run', id)).run).toMatchObject({ state: 'applied', counts: { applied: 25 } })
  expect((await lines('show', '--run', id)).stdout).toContain('25 applied (number)')
  expect((await run('undo', '--run', id)).run).toMatchObject({ state: 'undone', counts: { undone: 25 } })
})

test('goes on with a run whose worker is gone', async () => {
  const { run: planned } = await run('plan', '--kind', 'recompute_numbers')
  // Asked for, and nobody works on it.
  await bench.ask(planned.id, 'apply')
  const refused = await lines('plan', '--kind', 'merge_same_number')
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: 'Another recovery run of this workspace is at work.\n',
  })
  expect((await run('resume', '--run', planned.id)).run).toMatchObject({
    state: 'applied',
    counts: { applied: 25 },
  })
})

test('says in words what is wrong', async () => {
  const said = async (...words: string[]) => {
    const { exitCode, stderr } = await lines(...words)
    return { exitCode, stderr: stderr.trim().split('\n')[0] }
  }
  expect(await said('plan', '--kind', 'mend')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Allowed choices are') as unknown,
  })
  expect(await said('plan', '--kind', 'recompute_numbers', '--country', 'Indonesia')).toMatchObject({
    exitCode: 2,
  })
  expect(await said('plan', '--kind', 'merge_same_number', '--country', 'US')).toEqual({
    exitCode: 1,
    stderr: 'This is not what this kind of run asks for.',
  })
  const other = await makeWorkspace(bench.database.adminUrl)
  expect(await said('plan', '--kind', 'recompute_numbers', '--member', other.ownerId)).toEqual({
    exitCode: 1,
    stderr: 'No owner or admin of it has this id.',
  })
  const { run: planned } = await run('plan', '--kind', 'merge_same_number')
  const foreign = await runCommand(
    ['recovery', 'apply', '--run', planned.id, '--workspace', other.workspaceId],
    environment,
  )
  expect(foreign).toMatchObject({
    exitCode: 1,
    stderr: 'The run is not at a point where this can be done.\n',
  })
})

test('takes back what one secret let in, which is told by its times alone', async () => {
  const { endpointId, secret } = bench.workspace
  await bench.receive('6281200000777', { name: 'Penipu' })
  const listing = await runCommand(['secrets', 'list', '--endpoint', endpointId, '--json'], environment)
  const { secrets } = JSON.parse(listing.stdout) as { secrets: { id: string }[] }
  expect(secrets).toEqual([
    {
      id: expect.any(String) as unknown,
      createdAt: expect.any(String) as unknown,
      endsAt: null,
      isLive: true,
    },
  ])
  expect(listing.stdout).not.toContain(secret)
  const hour = 3_600_000
  const span = [
    ...['--kind', 'retract_deliveries', '--endpoint', endpointId],
    ...['--from', new Date(Date.now() - hour).toISOString()],
    ...['--to', new Date(Date.now() + hour).toISOString()],
  ]
  expect(await lines('plan', ...span, '--secret', endpointId)).toMatchObject({
    exitCode: 1,
    stderr: 'The webhook endpoint has no such secret.\n',
  })
  const { run: planned } = await run('plan', ...span, '--secret', secrets[0]?.id ?? '')
  expect(planned.counts).toEqual({ pending: 2 })
  const applied = await run('apply', '--run', planned.id)
  expect(applied.run.counts).toEqual({ applied: 2 })
  expect(applied.answer).toEqual({ endpointId, secret: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown })
  const after = await runCommand(['secrets', 'list', '--endpoint', endpointId], environment)
  expect(after.stdout).toMatch(/^\S+ since \S+, counts\n\S+ since \S+, ended \S+\n$/)
})
