import pg from 'pg'

/** Runs statements on one connection of its own and returns the rows of the last one. */
export async function runAs<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  statement: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  try {
    const result = await client.query<Row>(statement, values)
    return result.rows
  } finally {
    await client.end()
  }
}
