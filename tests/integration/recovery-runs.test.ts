import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { findForgottenRecoveries } from '../../src/lib/server/database/recovery-work.ts'
import {
  findRecoveryRun,
  listRecoveryRuns,
  listRecoverySample,
} from '../../src/lib/server/database/recovery-runs.ts'
import { openRecoveryAnswer } from '../../src/lib/server/recovery/recovery-answer.ts'
import { anyKind, type RecoveryKind } from '../../src/lib/server/recovery/recovery-kind.ts'
import { startRecovery } from '../../src/lib/server/recovery/start-recovery.ts'
import { workOnRecovery, type RecoveryWork } from '../../src/lib/server/recovery/work-on-recovery.ts'
import { makeRecoveryBench, type RecoveryBench } from '../support/recovery-bench.ts'
import { addMember, encryptionKeys, makeWorkspace } from '../support/workspace.ts'

let bench: RecoveryBench

beforeEach(async () => {
  bench = await makeRecoveryBench()
})

afterEach(() => bench.close())

/** So many accounts that are known by their spelling alone. */
async function leaveMany(count: number): Promise<void> {
  await bench.query(
    `with made as (
       insert into contacts (workspace_id, name, name_source, name_as_of)
       select $1, n::text, 'import', now() from generate_series(1, $2::int) n returning id, name
     )
     insert into contact_identities (workspace_id, contact_id, phone, source)
     select $1, id, '0812 ' || 10000000 + name::int, 'import' from made`,
    [bench.of.id, count],
  )
}

const countKnown = async () =>
  (
    await bench.query<{ count: number }>(
      'select count(*)::int as count from contact_identities where phone_normalized is not null',
    )
  )[0]?.count ?? 0

const start = (kind: string, parameters: unknown = {}, reason = 'After an update', by = bench.owner) =>
  bench.asMember(by, (trx, enqueue) => startRecovery(trx, bench.of.id, { kind, parameters, reason }, enqueue))

/** A kind that fails where it is told to, under the name of one that there is. */
function failing(step: 'plan' | 'apply' | 'undo', answer: string | null = null): RecoveryWork {
  const item = { before: null, after: null, why: 'number' }
  const fail = (at: typeof step) => {
    if (at === step) throw new Error('broken')
  }
  const kind: RecoveryKind<Record<string, never>> = {
    parameters: z.strictObject({}),
    itemsAtATime: 1,
    plan: (_database, _scope, after) => {
      if (after === 'one') fail('plan')
      return Promise.resolve(
        after === null
          ? { items: [{ subject: 'one', ...item }], after: 'one' }
          : { items: [{ subject: 'two', ...item }], after: null },
      )
    },
    apply: (_database, _scope, items) => {
      if (items.some(({ subject }) => subject === 'two')) fail('apply')
      return Promise.resolve(items.map(({ subject }) => ({ subject, outcome: 'applied' as const })))
    },
    undo: (_database, _scope, items) => {
      if (items.some(({ subject }) => subject === 'one')) fail('undo')
      return Promise.resolve(items.map(({ subject }) => ({ subject, outcome: 'undone' as const })))
    },
    begin: () => Promise.resolve(answer === null ? null : { secret: answer }),
  }
  return { ...bench.work, kinds: new Map([['merge_same_number', anyKind(kind)]]) }
}

describe('a recovery run', () => {
  test('is refused with a reason, and one at a time', async () => {
    const refused = async (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
      )
    expect(await refused(start('mend_everything'))).toBe('recovery_kind_unknown')
    expect(await refused(start('recompute_numbers', { country: 'XX' }))).toBe('recovery_parameters_invalid')
    expect(await refused(start('recompute_numbers', { everything: true }))).toBe(
      'recovery_parameters_invalid',
    )
    expect(await refused(start('recompute_numbers', {}, 'no'))).toBe('reason_length')
    expect(await refused(start('recompute_numbers', {}, 'Why not', await bench.addAgent('all')))).toBe(
      'not_allowed',
    )
    const first = await start('recompute_numbers')
    expect(await refused(start('merge_same_number'))).toBe('recovery_under_way')
    await workOnRecovery(bench.work, { workspaceId: bench.of.id, runId: first })
    // A plan that waits is in nobody's way; only one of two goes on at a time.
    const second = await start('merge_same_number')
    expect(await refused(bench.ask(first, 'apply'))).toBe('recovery_under_way')
    await workOnRecovery(bench.work, { workspaceId: bench.of.id, runId: second })
    expect(await refused(bench.ask(first, 'undo'))).toBe('recovery_moved_on')
    expect(await refused(bench.ask(randomUUID(), 'apply'))).toBe('recovery_moved_on')
    await bench.go(first, 'apply')
    expect(await refused(bench.ask(first, 'apply'))).toBe('recovery_moved_on')
  })

  test('shows a sample drawn at random: the same to everybody and at any time, another of another run', async () => {
    await leaveMany(300)
    const sampleOf = async (runId: string) =>
      (await bench.asOwner((trx) => listRecoverySample(trx, bench.of.id, runId))).map((item) => item.place)
    const planned = await bench.plan('recompute_numbers')
    const places = await sampleOf(planned.id)
    expect(places).toHaveLength(20)
    expect(new Set(places).size).toBe(20)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    // One in fifteen, from all over the plan: that all were from one half is as likely as a coin falling so 20 times.
    expect(places[0]).toBeLessThan(150)
    expect(places.at(-1)).toBeGreaterThan(150)
    const byHash = await bench.query<{ place: number }>(
      `select place from recovery_run_items where run_id = $1
       order by hashtextextended(concat_ws(' ', run_id, subject), 0) limit 20`,
      [planned.id],
    )
    expect(new Set(places)).toEqual(new Set(byHash.map(({ place }) => place)))
    const again = await bench.plan('recompute_numbers')
    expect(await sampleOf(again.id)).not.toEqual(places)
    await bench.go(planned.id, 'apply')
    expect(await sampleOf(planned.id)).toEqual(places)
  })

  test('draws its sample while the plan is made, whatever comes in which batch', async () => {
    const items = Array.from({ length: 90 }, (_, n) => ({
      ...{ subject: `thing ${String(n)}`, before: null, after: null, why: 'number' },
    }))
    const planIn = (size: number): RecoveryWork => {
      const kind: RecoveryKind<Record<string, never>> = {
        parameters: z.strictObject({}),
        plan: (_database, _scope, after) => {
          const from = Number(after ?? 0)
          const next = from + size < items.length ? String(from + size) : null
          return Promise.resolve({ items: items.slice(from, from + size), after: next })
        },
        apply: () => Promise.resolve([]),
        undo: () => Promise.resolve([]),
      }
      return { ...bench.work, kinds: new Map([['merge_same_number', anyKind(kind)]]) }
    }
    const runId = await start('merge_same_number')
    const of = { workspaceId: bench.of.id, runId }
    const samples: unknown[] = []
    for (const size of [90, 7, 1]) {
      await bench.query(`delete from recovery_run_items where run_id = $1`, [runId])
      await bench.query(
        `update recovery_runs set state = 'planning', plan_after = null, sample_places = '{}' where id = $1`,
        [runId],
      )
      await workOnRecovery(planIn(size), of)
      const sample = await bench.asOwner((trx) => listRecoverySample(trx, bench.of.id, runId))
      samples.push(sample.map(({ subject }) => subject))
    }
    expect(samples[0]).toHaveLength(20)
    expect(samples[1]).toEqual(samples[0])
    expect(samples[2]).toEqual(samples[0])
  })

  test('of another workspace is not there', async () => {
    const runId = await start('recompute_numbers')
    await workOnRecovery(bench.work, { workspaceId: bench.of.id, runId })
    const other = await makeWorkspace(bench.database.adminUrl)
    const stranger = { sub: other.ownerId, exp: 0 }
    const found = await bench.asMember(stranger, async (trx) => [
      await findRecoveryRun(trx, bench.of.id, runId),
      await findRecoveryRun(trx, other.workspaceId, runId),
      ...(await listRecoveryRuns(trx, bench.of.id, 10)),
    ])
    expect(found).toEqual([undefined, undefined])
    await expect(bench.ask(runId, 'apply', stranger)).rejects.toMatchObject({ code: 'recovery_moved_on' })
  })

  test('goes on where a worker was killed, forwards and backwards', async () => {
    await leaveMany(1500)
    const planned = await bench.plan('recompute_numbers')
    expect(planned.counts).toEqual({ pending: 1500 })
    await bench.ask(planned.id, 'apply')
    await killHalfWay(planned.id, async () => (await countKnown()) > 0)
    const known = await countKnown()
    expect(known).toBeGreaterThan(0)
    expect(known).toBeLessThan(1500)
    // Postgres holds the dead worker's locks until it has noticed.
    await expect
      .poll(async () =>
        (await bench.work.asSystem((db) => findForgottenRecoveries(db, 0))).map(({ data }) => data),
      )
      .toContainEqual({ workspaceId: bench.of.id, runId: planned.id })
    const of = { workspaceId: bench.of.id, runId: planned.id }
    await Promise.all([workOnRecovery(bench.work, of), workOnRecovery(bench.work, of)])
    expect(await bench.run(planned.id)).toMatchObject({
      state: 'applied',
      counts: { applied: 1500 },
      progressDone: 1500,
    })
    expect(await countKnown()).toBe(1500)

    await bench.ask(planned.id, 'undo')
    await killHalfWay(planned.id, async () => (await countKnown()) < 1500)
    await Promise.all([workOnRecovery(bench.work, of), workOnRecovery(bench.work, of)])
    expect(await bench.run(planned.id)).toMatchObject({ state: 'undone', counts: { undone: 1500 } })
    expect(await countKnown()).toBe(0)
  })

  test('that fails says where, goes on when it is resumed, and can be taken back half done', async () => {
    const of = { workspaceId: bench.of.id, runId: await start('merge_same_number') }
    await workOnRecovery(failing('plan'), of)
    expect(await bench.run(of.runId)).toMatchObject({
      state: 'failed',
      failedStep: 'planning',
      failure: 'error',
      counts: { pending: 1 },
    })
    await bench.ask(of.runId, 'resume')
    await workOnRecovery(failing('apply'), of)
    expect(await bench.run(of.runId)).toMatchObject({
      state: 'planned',
      counts: { pending: 2 },
      failure: null,
    })
    await bench.ask(of.runId, 'apply')
    await workOnRecovery(failing('apply'), of)
    expect(await bench.run(of.runId)).toMatchObject({ state: 'failed', counts: { applied: 1, pending: 1 } })
    await bench.ask(of.runId, 'resume')
    await workOnRecovery(failing('undo'), of)
    expect(await bench.run(of.runId)).toMatchObject({ state: 'applied', counts: { applied: 2 } })
    await bench.ask(of.runId, 'undo')
    await workOnRecovery(failing('undo'), of)
    // Last ones first.
    expect(await bench.run(of.runId)).toMatchObject({ state: 'failed', counts: { applied: 1, undone: 1 } })
    await bench.ask(of.runId, 'undo')
    await workOnRecovery(failing('plan'), of)
    expect(await bench.run(of.runId)).toMatchObject({ state: 'undone', counts: { undone: 2 } })
  })

  test('shows what is shown once to one of the owners and admins, once', async () => {
    const of = { workspaceId: bench.of.id, runId: await start('merge_same_number') }
    const work = failing('undo', 'a new secret')
    await workOnRecovery(work, of)
    await bench.ask(of.runId, 'apply')
    await workOnRecovery(work, of)
    expect((await bench.run(of.runId)).hasAnswer).toBe(true)
    const sealed = await bench.query<{ sealed: Buffer }>('select sealed from private.recovery_answers')
    expect(sealed).toHaveLength(1)
    expect(sealed[0]?.sealed.includes('a new secret')).toBe(false)
    const open = (by = bench.owner) =>
      bench.asMember(by, (trx) => openRecoveryAnswer(trx, work.sealer, bench.of.id, of.runId))
    expect(await open(await bench.addAgent('all'))).toBeNull()
    expect(await open()).toEqual({ secret: 'a new secret' })
    expect(await open()).toBeNull()
    expect((await bench.run(of.runId)).hasAnswer).toBe(false)
    expect(await bench.query('select from private.recovery_answers')).toEqual([])
  })

  test('ends when who asked for it is no owner or admin any more, and another one goes on', async () => {
    await leaveMany(3)
    const admin = await addMember(bench.database.adminUrl, bench.of.id, 'admin')
    const runId = await start('recompute_numbers', {}, 'After an update', admin)
    await workOnRecovery(bench.work, { workspaceId: bench.of.id, runId })
    await bench.ask(runId, 'apply', admin)
    await bench.query(`update workspace_members set role = 'agent' where user_id = $1`, [admin.sub])
    await workOnRecovery(bench.work, { workspaceId: bench.of.id, runId })
    expect(await bench.run(runId)).toMatchObject({
      state: 'failed',
      failure: 'asker_gone',
      failedStep: 'applying',
    })
    expect(await countKnown()).toBe(0)
    expect(await bench.go(runId, 'resume')).toMatchObject({ state: 'applied', counts: { applied: 3 } })
  })

  test('with nothing to do is over at once, and done twice does nothing', async () => {
    await leaveMany(2)
    const planned = await bench.plan('recompute_numbers')
    await bench.go(planned.id, 'apply')
    const again = await bench.plan('recompute_numbers')
    expect(again).toMatchObject({ state: 'planned', counts: {} })
    expect(await bench.go(again.id, 'apply')).toMatchObject({ state: 'applied', counts: {} })
    await workOnRecovery(bench.work, { workspaceId: bench.of.id, runId: planned.id })
    expect(await bench.run(planned.id)).toMatchObject({ state: 'applied', counts: { applied: 2 } })
  })
})

/** Lets a process of its own work on a run and kills it once it has done some of it. */
async function killHalfWay(runId: string, isHalfWay: () => Promise<boolean>): Promise<void> {
  const input = { databaseUrl: bench.database.workerUrl, workspaceId: bench.of.id, runId, encryptionKeys }
  const child = spawn(process.execPath, [
    'tests/integration/recovery-worker-process.ts',
    JSON.stringify(input),
  ])
  const ended = once(child, 'exit')
  while (!(await isHalfWay()) && child.exitCode === null);
  child.kill('SIGKILL')
  await ended
}
