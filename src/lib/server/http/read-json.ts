/**
 * The body of a request as JSON; undefined where it is none. Its texts are such that Postgres can keep them: without
 * null signs, and with U+FFFD for half a surrogate (a browser that cuts an emoji in two sends one).
 */
export async function readJson(request: Request): Promise<unknown> {
  try {
    return JSON.parse(await request.text(), (_, value: unknown) =>
      typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value,
    )
  } catch {
    return undefined
  }
}
