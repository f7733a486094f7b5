import pg from 'pg'
import { environmentOf } from './shop.ts'
import type { E2eStack } from './stack.ts'

/** Asks, or changes, the stack's database as its owner. */
export async function runQuery<Row extends pg.QueryResultRow>(
  stack: E2eStack,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  const client = new pg.Client(environmentOf(stack)['DATABASE_URL_OWNER'])
  await client.connect()
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end()
  }
}
