import { readJson } from '#lib/server/http/read-json.ts'
import { error } from '@sveltejs/kit'
import type { z } from 'zod'

/** The body of a request, as the schema has it; 400 when it is anything else. */
export async function readRequest<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await readJson(request))
  if (parsed.success) return parsed.data
  // Which fields, and nothing of what stood in them.
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'body')
  return error(400, `Not as expected: ${[...new Set(fields)].join(', ')}`)
}
