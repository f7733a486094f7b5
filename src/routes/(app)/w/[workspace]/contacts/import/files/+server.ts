import { z } from 'zod'
import { mostImportBytes } from '#lib/domain/csv/contact-import.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { RuleViolation } from '#lib/domain/rule-violation.ts'
import { createImport } from '#lib/server/database/imports.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

const schema = z.object({ fileName: z.string().trim().min(1).max(1000), byteSize: z.int().nonnegative() })

/** Begins an import of a file, which follows in parts. Gives its id. For owners and admins. */
export const POST: RequestHandler = (event) =>
  answerJson(
    async () => {
      const { claims, workspace } = requireAdmin(event)
      const read = schema.safeParse(await readJson(event.request))
      if (!read.success) throw new RuleViolation('text_length', 'a file has a name and a size')
      const { fileName, byteSize } = read.data
      if (byteSize === 0) throw new RuleViolation('empty_file', 'no bytes')
      if (byteSize > mostImportBytes) throw new RuleViolation('too_large', 'at most 50 MB')
      const importId = await event.locals.services.asMember(claims, (database) =>
        createImport(database, workspace.id, { name: [...fileName].slice(0, 200).join(''), byteSize }),
      )
      return { importId }
    },
    { too_large: m.imports_error_too_large },
  )
