import { sql, type RawBuilder } from 'kysely'
import type { PreviewFacts } from '../../domain/inbox.ts'

/** Columns of `selectPreview`. */
export interface PreviewRow {
  preview_text: string | null
  is_voice: boolean | null
  preview_name: string | null
  preview_seconds: number | null
}

const previewLength = 200

/**
 * What one line about a message needs, without sending its whole content.
 *
 * @param message the alias of a row of `messages`
 * @param seconds how long its file plays
 */
export function selectPreview(message: string, seconds: RawBuilder<unknown>): RawBuilder<unknown> {
  const text = sql.ref(`${message}.text`)
  const content = sql.ref(`${message}.content`)
  return sql`left(${text}, ${sql.lit(previewLength)}) as preview_text,
    coalesce(${content} -> 'isVoice' = 'true'::jsonb, false) as is_voice,
    left(coalesce(${content} ->> 'fileName', ${content} ->> 'name', ${content} #>> '{contacts,0,name}'),
      ${sql.lit(previewLength)}) as preview_name,
    ${seconds} as preview_seconds`
}

/** The facts of a row that `selectPreview` is part of. */
export function toPreviewFacts(row: PreviewRow): PreviewFacts {
  return { isVoice: row.is_voice ?? false, durationSeconds: row.preview_seconds, name: row.preview_name }
}
