import { z } from 'zod'
import { readContactQuery, writeContactQuery } from './contact-filter.ts'

const viewShape = {
  name: z.string().trim().min(1).max(60),
  // Kept as the list reads it: what it does not know is left out.
  query: z
    .string()
    .max(2000)
    .transform((text) => tidyViewQuery(text)),
  isShared: z.boolean(),
}

/** What `POST contacts/views` takes. */
export const newContactViewSchema = z.strictObject(viewShape)

/** What `PATCH contacts/views/{id}` takes. */
export const contactViewChangeSchema = z.strictObject(viewShape).partial()

/** The query of a list's address without what the list does not read, in its one order. */
export function tidyViewQuery(query: string): string {
  const { filter, sort } = readContactQuery(new URLSearchParams(query))
  return writeContactQuery(filter, sort).toString()
}
