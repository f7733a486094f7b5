import { importPartBytes } from '#lib/domain/csv/contact-import.ts'
import { RuleViolation } from '#lib/domain/rule-violation.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { addImportPart } from '#lib/server/database/imports.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** Takes a part of the file: `?place=` counts from 0, the body is its bytes. Gives how many bytes are there by now. */
export const POST: RequestHandler = (event) =>
  answerJson(async () => {
    const { claims, workspace } = requireAdmin(event)
    const importId = event.params.import
    const place = event.url.searchParams.get('place') ?? '0'
    if (!isUuid(importId) || !/^\d{1,3}$/.test(place))
      throw new RuleViolation('import_not_found', 'no such part')
    const bytes = new Uint8Array(await event.request.arrayBuffer())
    if (bytes.length === 0) throw new RuleViolation('empty_file', 'no bytes')
    if (bytes.length > importPartBytes) throw new RuleViolation('too_large', 'a part is smaller')
    const present = await event.locals.services.asMember(claims, (database) =>
      addImportPart(database, workspace.id, importId, { place: Number(place), bytes }),
    )
    return { present }
  })
