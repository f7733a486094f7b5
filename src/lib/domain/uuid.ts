const pattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Is this text a UUID? Asked before Postgres is, which answers anything else with an error. */
export function isUuid(value: string): boolean {
  return pattern.test(value)
}
