import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { createOwner } from '../../src/lib/server/operator/create-owner.ts'
import { environmentOf, type Person, type Shop } from './shop.ts'
import type { E2eStack } from './stack.ts'

export interface ShopMember extends Person {
  userId: string
  name: string
}

/** Somebody who answers customers in a shop, with an account of their own. */
export async function addAgent(
  stack: E2eStack,
  shop: Shop,
  name: string,
  visibility: 'all' | 'team' | 'own' = 'all',
): Promise<ShopMember> {
  const environment = environmentOf(stack)
  const person = {
    email: `agent-${randomBytes(4).toString('hex')}@example.com`,
    password: 'a long enough password',
  }
  const userId = await createOwner(
    {
      supabaseUrl: environment['SUPABASE_URL'] ?? '',
      publishableKey: environment['SUPABASE_PUBLISHABLE_KEY'] ?? '',
      secretKey: environment['SUPABASE_SECRET_KEY'] ?? '',
    },
    person,
  )
  const client = new pg.Client(environment['DATABASE_URL_OWNER'])
  await client.connect()
  try {
    await client.query(
      `insert into workspace_members (workspace_id, user_id, role, display_name, visibility)
       select id, $2, 'agent', $3, $4 from workspaces where slug = $1`,
      [shop.slug, userId, name, visibility],
    )
  } finally {
    await client.end()
  }
  return { ...person, userId, name }
}
