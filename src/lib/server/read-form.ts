import { z } from 'zod'

/** The first complaint about each field. */
export type FieldErrors<Values> = Partial<Record<keyof Values & string, string>>

export type ReadForm<Values> =
  { isValid: true; values: Values } | { isValid: false; errors: FieldErrors<Values> }

/** Reads a posted form with a schema of its text fields. Files and fields that are not named there are left out. */
export function readForm<Shape extends Record<string, z.ZodType<unknown, string>>>(
  form: FormData,
  shape: Shape,
): ReadForm<z.infer<z.ZodObject<Shape>>> {
  const texts = Object.fromEntries(Object.keys(shape).map((name) => [name, readText(form, name)]))
  const result = z.object(shape).safeParse(texts)
  if (result.success) return { isValid: true, values: result.data }
  const errors: Record<string, string> = {}
  for (const { path, message } of result.error.issues) errors[String(path[0])] ??= message
  return { isValid: false, errors: errors as FieldErrors<z.infer<z.ZodObject<Shape>>> }
}

/** One field as text, such that Postgres can keep it (without null signs); empty when it is missing or a file. */
export function readText(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.replaceAll('\0', '') : ''
}
