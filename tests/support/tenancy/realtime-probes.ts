import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { isMeant, topicAccess } from './access.ts'
import { listActors, type Actor } from './actors.ts'
import { attempt, type Reach, type Violation } from './attempt.ts'
import type { ProbeResult } from './table-probes.ts'
import type { Tenant } from './tenant.ts'

/**
 * Asks the policies on realtime.messages as the Realtime server does: with the topic set, a probe row to read and one
 * to insert, for broadcast and presence. The client is a superuser's, inside a transaction, and leaves no trace.
 */
export async function probeTopics(
  client: pg.ClientBase,
  tenant: Tenant,
  other: Tenant,
): Promise<ProbeResult> {
  const probes = new Map<string, number>()
  const violations: Violation[] = []
  const actors = [
    ...listActors(tenant, other, 'authenticated'),
    ...listActors(tenant, other, 'anon').map((actor) => ({
      ...actor,
      name: `anon as ${actor.name}`,
      place: null,
    })),
  ]
  for (const [kind, access] of Object.entries(topicAccess)) {
    const topic = access.topic(tenant)
    for (const extension of ['broadcast', 'presence']) {
      for (const actor of actors) {
        for (const action of ['hear', 'speak'] as const) {
          const isOnly = access.only === undefined || access.only(tenant) === actor.userId
          const expected: Reach =
            isOnly && isMeant(access[action], actor, access.ofConversations) ? 'reached' : 'filtered'
          const found = await (action === 'hear' ? hear : speak)(client, actor, topic, extension)
          probes.set(kind, (probes.get(kind) ?? 0) + 1)
          if (found !== expected) {
            violations.push({
              object: kind,
              action: `${action} ${extension}`,
              actor: actor.name,
              expected,
              found,
            })
          }
        }
      }
    }
  }
  return { probes, violations }
}

async function hear(client: pg.ClientBase, actor: Actor, topic: string, extension: string): Promise<Reach> {
  await client.query('savepoint hear')
  const id = randomUUID()
  await client.query('insert into realtime.messages (id, topic, extension) values ($1, $2, $3)', [
    id,
    topic,
    extension,
  ])
  await client.query(`select set_config('realtime.topic', $1, true)`, [topic])
  const found = await attempt(client, actor, {
    text: 'select id from realtime.messages where id = $1',
    values: [id],
    hasReached: (result) => (result.rowCount ?? 0) > 0,
  })
  await client.query('rollback to savepoint hear')
  return found
}

async function speak(client: pg.ClientBase, actor: Actor, topic: string, extension: string): Promise<Reach> {
  await client.query('savepoint speak')
  await client.query(`select set_config('realtime.topic', $1, true)`, [topic])
  const found = await attempt(client, actor, {
    text: 'insert into realtime.messages (topic, extension) values ($1, $2)',
    values: [topic, extension],
    hasReached: () => true,
  })
  await client.query('rollback to savepoint speak')
  return found
}
