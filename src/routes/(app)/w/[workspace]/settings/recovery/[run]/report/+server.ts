import { error } from '@sveltejs/kit'
import { isUuid } from '#lib/domain/uuid.ts'
import { findRecoveryRun } from '#lib/server/database/recovery-runs.ts'
import { answerCsv } from '#lib/server/http/answer-csv.ts'
import { exportRecovery } from '#lib/server/recovery/export-recovery.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { reportWords } from '#lib/ui/recovery/recovery-words.ts'
import type { RequestHandler } from './$types'

/** What became of each thing of a recovery run, as a CSV file. For owners and admins. */
export const GET: RequestHandler = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const { asMember } = event.locals.services
  const { run: runId } = event.params
  const found = isUuid(runId)
    ? await asMember(claims, (database) => findRecoveryRun(database, workspace.id, runId))
    : undefined
  if (found === undefined) return error(404, 'Not found')
  const base = new URL(`/w/${encodeURIComponent(workspace.slug)}`, event.url).href
  return answerCsv(
    'recovery.csv',
    exportRecovery(asMember, claims, workspace.id, found.id, reportWords(base)),
  )
}
