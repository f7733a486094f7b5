import { error, redirect } from '@sveltejs/kit'
import { recoveryItemLists, sampleSize } from '#lib/domain/recovery/recovery-run.ts'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import {
  findRecoveryRun,
  listRecoveryItems,
  listRecoverySample,
  type RecoveryStep,
} from '#lib/server/database/recovery-runs.ts'
import { describeRefusal } from '#lib/server/http/refusal-words.ts'
import { openRecoveryAnswer } from '#lib/server/recovery/recovery-answer.ts'
import { advanceRecovery } from '#lib/server/recovery/start-recovery.ts'
import { createSealer } from '#lib/server/secrets/sealing.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { refuse } from '../../../../../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const runId = readId(event.params.run)
  const query = event.url.searchParams
  const list = recoveryItemLists.find((known) => known === query.get('list')) ?? 'sample'
  const after = Math.max(0, Math.min(Number.parseInt(query.get('after') ?? '', 10) || 0, 2_000_000_000))
  return event.locals.services.asMember(claims, async (database) => {
    const run = await findRecoveryRun(database, workspace.id, runId)
    if (run === undefined) return error(404, 'Not found')
    const choice = { list, after }
    // While a plan is being made there is nothing to judge yet.
    if (run.state === 'planning') return { run, items: [], choice, next: null }
    if (list === 'sample') {
      return { run, items: await listRecoverySample(database, workspace.id, runId), choice, next: null }
    }
    const asked = { state: list === 'all' ? null : list, after, limit: sampleSize + 1 }
    const found = await listRecoveryItems(database, workspace.id, runId, asked)
    const items = found.slice(0, sampleSize)
    return { run, items, choice, next: found.length > sampleSize ? (items.at(-1)?.place ?? null) : null }
  })
}

export const actions: Actions = {
  apply: (event) => advance(event, 'apply'),
  undo: (event) => advance(event, 'undo'),
  resume: (event) => advance(event, 'resume'),

  /** What is shown once is in the answer to this, and nowhere afterwards. */
  reveal: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const runId = readId(event.params.run)
    const { asMember, environment } = event.locals.services
    const sealer = createSealer(environment.ENCRYPTION_KEYS)
    const answer = await asMember(claims, (database) =>
      openRecoveryAnswer(database, sealer, workspace.id, runId),
    )
    if (answer === null || typeof answer !== 'object' || Array.isArray(answer))
      return refuse(409, {}, { message: describeRefusal('recovery_moved_on') })
    const { secret } = answer
    return { secret: typeof secret === 'string' ? secret : '', message: null }
  },
}

async function advance(event: Parameters<NonNullable<Actions[string]>>[0], step: RecoveryStep) {
  const { claims, workspace } = requireAdmin(event)
  const runId = readId(event.params.run)
  try {
    await event.locals.services.asMember(claims, (database, enqueue) =>
      advanceRecovery(database, workspace.id, runId, step, enqueue),
    )
  } catch (thrown) {
    if (!isRuleViolation(thrown)) throw thrown
    return refuse(409, {}, { message: describeRefusal(thrown.code) })
  }
  return redirect(303, `/w/${workspace.slug}/settings/recovery/${runId}`)
}

function readId(text: string): string {
  return isUuid(text) ? text.toLowerCase() : error(404, 'Not found')
}
