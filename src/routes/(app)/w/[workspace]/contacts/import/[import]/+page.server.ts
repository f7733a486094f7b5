import { error, redirect } from '@sveltejs/kit'
import type { ContactImport, ContactImportRow, ImportFailure } from '#lib/domain/csv/contact-import.ts'
import { guessMapping, isMapping, type ImportMapping } from '#lib/domain/csv/import-columns.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { listContactFields } from '#lib/server/database/contact-fields.ts'
import type { Database } from '#lib/server/database/database.ts'
import {
  advanceImport,
  findImport,
  isImportWhole,
  listImportRows,
  readFirstPart,
  type ImportStep,
} from '#lib/server/database/imports.ts'
import { importContactsJob } from '#lib/server/imports/import-job.ts'
import { previewFile } from '#lib/server/imports/preview-file.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireAdmin, type Member } from '#lib/server/session/guards.ts'
import { chooseStage } from '#lib/ui/imports/import-stage.ts'
import { readRowSelection, type ShownRows } from '#lib/ui/imports/row-selection.ts'
import { refuse } from '../../../../../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

const rowsOnAPage = 50

/** The columns of a file that waits to be told what they hold; why it cannot be read, where that is so. */
interface FileColumns {
  headers: string[]
  samples: string[][]
  mapping: ImportMapping
  failure: ImportFailure | null
}

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const importId = readId(event.params.import)
  return event.locals.services.asMember(claims, async (database) => {
    const found = await findImport(database, workspace.id, importId)
    if (found === undefined) return error(404, 'Not found')
    const stage = chooseStage(found, event.url.searchParams.has('columns'))
    return {
      import: found,
      stage,
      fields: await listContactFields(database, workspace.id, { withArchived: true }),
      columns: stage === 'columns' ? await readColumns(database, workspace.id, found) : null,
      shown:
        stage === 'rows' ? await readRows(database, workspace.id, importId, event.url.searchParams) : null,
    }
  })
}

/** Null where the file is not there, or not all of it. */
async function readColumns(
  database: Database,
  workspaceId: string,
  found: ContactImport,
): Promise<FileColumns | null> {
  if (!(await isImportWhole(database, workspaceId, found))) return null
  const bytes = await readFirstPart(database, workspaceId, found.id)
  if (bytes === undefined) return null
  const preview = await previewFile(bytes)
  if ('code' in preview) return { headers: [], samples: [], mapping: [], failure: preview }
  const fields = await listContactFields(database, workspaceId)
  const mapping = isMapping(found.mapping, preview.headers.length, fields)
    ? found.mapping
    : guessMapping(preview.headers, preview.samples, fields)
  return { ...preview, mapping, failure: null }
}

async function readRows(
  database: Database,
  workspaceId: string,
  importId: string,
  query: URLSearchParams,
): Promise<ShownRows> {
  const selection = readRowSelection(query)
  const rows: ContactImportRow[] = await listImportRows(database, workspaceId, importId, {
    ...selection,
    limit: rowsOnAPage + 1,
  })
  const shown = rows.slice(0, rowsOnAPage)
  return { ...selection, rows: shown, next: rows.length > rowsOnAPage ? (shown.at(-1)?.place ?? null) : null }
}

export const actions: Actions = {
  /** Fields: `column-0` and so on, what each column holds; empty for what is left out. */
  check: async (event) => {
    const member = requireAdmin(event)
    const importId = readId(event.params.import)
    const posted = await event.request.formData()
    const { columns, fields } = await event.locals.services.asMember(member.claims, async (database) => {
      const found = await findImport(database, member.workspace.id, importId)
      return {
        columns: found === undefined ? null : await readColumns(database, member.workspace.id, found),
        fields: await listContactFields(database, member.workspace.id),
      }
    })
    if (columns === null) return refuse(409, {}, { message: m.imports_error_not_found() })
    const told = columns.headers.map((_, at) => readText(posted, `column-${String(at)}`).slice(0, 100))
    const values = Object.fromEntries(told.map((target, at) => [`column-${String(at)}`, target]))
    const mapping = told.map((target) => (target === '' ? null : target))
    const held = told.filter((target) => target !== '')
    if (new Set(held).size < held.length) return refuse(422, values, { message: m.imports_error_twice() })
    if (!isMapping(mapping, columns.headers.length, fields))
      return refuse(422, values, { message: m.imports_error_columns() })
    const names = ['contact_id', 'name', 'first_name', 'last_name', 'email', 'phone']
    if (!held.some((target) => names.includes(target)))
      return refuse(422, values, { message: m.imports_error_nobody() })
    return advance(event, member, importId, { step: 'check', mapping })
  },

  apply: (event) => advance(event, requireAdmin(event), readId(event.params.import), { step: 'apply' }),

  undo: (event) => advance(event, requireAdmin(event), readId(event.params.import), { step: 'undo' }),
}

async function advance(
  event: Parameters<NonNullable<Actions['check']>>[0],
  { claims, workspace }: Member,
  importId: string,
  step: ImportStep,
) {
  const isGoing = await event.locals.services.asMember(claims, async (database, enqueue) => {
    if (!(await advanceImport(database, workspace.id, importId, step))) return false
    enqueue(importContactsJob(workspace.id, importId))
    return true
  })
  if (!isGoing) return refuse(409, {}, { message: m.imports_error_moved_on() })
  return redirect(303, `/w/${workspace.slug}/contacts/import/${importId}`)
}

function readId(text: string): string {
  return isUuid(text) ? text.toLowerCase() : error(404, 'Not found')
}
