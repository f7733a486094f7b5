import { readFile } from 'node:fs/promises'
import { createDatabase } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { findInvariantViolations } from '../../src/lib/server/operator/invariants.ts'
import { runAs } from '../support/run-as.ts'
import type { LoadRecord } from './load.ts'

/** Something that must never be; a run with one is red. */
export interface Finding {
  what: string
  examples: string[]
}

/** Every acknowledged delivery is stored and every message is there once. */
export async function findLosses(databaseUrl: string, record: LoadRecord): Promise<Finding[]> {
  const acknowledged = [...record.acknowledged]
  const missing = await runAs<{ wamid: string }>(
    databaseUrl,
    `select a.wamid from unnest($1::text[]) as a (wamid)
     where not exists (select from messages m where m.wamid = a.wamid)
       and not exists (select from message_statuses s where s.wamid = a.wamid)`,
    [acknowledged],
  )
  const doubled = await runAs<{ wamid: string }>(
    databaseUrl,
    'select wamid from messages where wamid is not null group by wamid having count(*) > 1',
  )
  const uncounted = await runAs<{ id: string }>(
    databaseUrl,
    `select c.id from conversations c
     where c.inbound_count <> (
       select count(*) from messages m
       where m.conversation_id = c.id and m.direction = 'inbound' and not m.is_silent)`,
  )
  const unfinished = await runAs<{ id: string }>(
    databaseUrl,
    `select id::text from webhook_events where status not in ('processed', 'ignored')`,
  )
  const people = await runAs<{ phone: string }>(
    databaseUrl,
    `select phone_normalized as phone from contact_identities group by workspace_id, phone_normalized having count(*) > 1`,
  )
  return findings([
    ['an acknowledged delivery is not stored', missing.map((row) => row.wamid)],
    ['a message is there twice', doubled.map((row) => row.wamid)],
    ['an unread count is not that of its messages', uncounted.map((row) => row.id)],
    ['an event was not applied', unfinished.map((row) => row.id)],
    ['a person is there twice', people.map((row) => row.phone)],
  ])
}

/** The warning signs that `cli invariants` looks for. */
export async function findWarningSigns(databaseUrl: string): Promise<Finding[]> {
  const kysely = createDatabase(
    createPool({ connectionString: databaseUrl, applicationName: 'faults', max: 1 }),
  )
  try {
    const violations = await kysely.transaction().execute((database) => findInvariantViolations(database))
    return violations.map(({ name, meaning, count, examples }) => ({
      what: `${name}: ${meaning} (${String(count)})`,
      examples: examples.slice(0, 5).map(({ id }) => id),
    }))
  } finally {
    await kysely.destroy()
  }
}

/** What Postgres' log must not hold: collisions that the product should have avoided. */
export async function findCollisions(postgresLog: string): Promise<Finding[]> {
  const lines = (await readFile(postgresLog, 'utf8')).split('\n')
  const matching = (pattern: RegExp): string[] => lines.filter((line) => pattern.test(line))
  return findings([
    ['Postgres ended a deadlock', matching(/deadlock detected/)],
    ['Postgres could not serialize', matching(/could not serialize/)],
    ['a unique constraint was violated', matching(/duplicate key value/)],
  ])
}

/** While processes are stopped in order there may be nobody to answer (0), but whoever answers has stored. */
export function findRefusals(answers: Map<number, number>): Finding[] {
  return findings([
    [
      'an answer was none of 2xx',
      [...answers.keys()].filter((status) => status !== 0 && status !== 200).map(String),
    ],
  ])
}

function findings(found: [what: string, examples: string[]][]): Finding[] {
  return found.flatMap(([what, examples]) =>
    examples.length === 0
      ? []
      : [{ what: `${what} (${String(examples.length)})`, examples: examples.slice(0, 5) }],
  )
}
