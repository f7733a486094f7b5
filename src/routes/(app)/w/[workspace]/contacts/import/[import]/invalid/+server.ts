import { error } from '@sveltejs/kit'
import { isUuid } from '#lib/domain/uuid.ts'
import { getLocale } from '#lib/i18n/generated/runtime.js'
import { findImport } from '#lib/server/database/imports.ts'
import { answerCsv } from '#lib/server/http/answer-csv.ts'
import { exportInvalidRows } from '#lib/server/imports/export-invalid-rows.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { invalidRowWords } from '#lib/ui/imports/import-words.ts'
import type { RequestHandler } from './$types'

/** The rows that could not be taken over, as a CSV file with what is wrong with each. For owners and admins. */
export const GET: RequestHandler = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const { asMember } = event.locals.services
  const { import: importId } = event.params
  const found = isUuid(importId)
    ? await asMember(claims, (database) => findImport(database, workspace.id, importId))
    : undefined
  if (found === undefined) return error(404, 'Not found')
  const words = invalidRowWords(getLocale())
  return answerCsv('problems.csv', exportInvalidRows(asMember, claims, workspace.id, found, words))
}
