import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import { defaultPreferences } from '../../src/lib/domain/member-preferences.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { createWorkspace, listMemberships } from '../../src/lib/server/database/workspaces.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { queryOnce } from '../support/query.ts'

let database: TestDatabase
let kysely: ReturnType<typeof createDatabase>
let asMember: AsMember

beforeAll(async () => {
  database = await createTestDatabase()
  kysely = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test', max: 2 }))
  asMember = createAsMember(kysely, () => Promise.resolve())
})

afterAll(async () => {
  await kysely.destroy()
  await database.drop()
})

async function makeUser(): Promise<Claims> {
  const sub = randomUUID()
  await queryOnce(database.adminUrl, 'insert into auth.users (id, email) values ($1, $2)', [
    sub,
    `${sub}@example.com`,
  ])
  return { sub, exp: 0 }
}

const shop = { name: 'Toko Sinar', timeZone: 'Asia/Makassar', defaultCountry: 'ID', ownerName: 'Budi' }
const create = (claims: Claims, changes: Partial<typeof shop> = {}) =>
  asMember(claims, (transaction) => createWorkspace(transaction, { ...shop, ...changes }))
const list = (claims: Claims, userId = claims.sub) =>
  asMember(claims, (transaction) => listMemberships(transaction, userId))

describe('createWorkspace', () => {
  test('makes the caller its owner', async () => {
    const owner = await makeUser()
    const slug = await create(owner)
    expect(await list(owner)).toEqual([
      {
        workspace: {
          id: expect.any(String),
          slug,
          name: 'Toko Sinar',
          timeZone: 'Asia/Makassar',
          defaultCountry: 'ID',
        },
        role: 'owner',
        displayName: 'Budi',
        preferences: defaultPreferences,
      },
    ])
  })

  test('gives equal names different slugs, and names without letters too', async () => {
    const owner = await makeUser()
    const slugs = [await create(owner), await create(owner), await create(owner, { name: '東京 🌸' })]
    expect(new Set(slugs).size).toBe(3)
    for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  })

  test.each([
    ['an empty name', { name: '  ' }],
    ['a name of 81 characters', { name: 'x'.repeat(81) }],
    ['an unknown time zone', { timeZone: 'Mars/Base' }],
    ['a country that is none', { defaultCountry: 'Indonesia' }],
  ])('refuses %s and makes nothing', async (_name, changes) => {
    const owner = await makeUser()
    await expect(create(owner, changes)).rejects.toMatchObject({ code: '23514' })
    expect(await list(owner)).toEqual([])
  })
})

describe('listMemberships', () => {
  test('shows nobody the workspaces of others, whoever they ask for', async () => {
    const [owner, stranger] = [await makeUser(), await makeUser()]
    await create(owner)
    expect(await list(stranger)).toEqual([])
    expect(await list(stranger, owner.sub)).toEqual([])
  })

  test('leaves out workspaces from which a member was removed', async () => {
    const owner = await makeUser()
    const [kept, left] = [await create(owner), await create(owner)]
    await queryOnce(
      database.ownerUrl,
      `update workspace_members set removed_at = now()
       where user_id = $1 and workspace_id = (select id from workspaces where slug = $2)`,
      [owner.sub, left],
    )
    expect((await list(owner)).map(({ workspace }) => workspace.slug)).toEqual([kept])
  })

  test('finds nothing outside of a member’s transaction', async () => {
    const owner = await makeUser()
    await create(owner)
    const outside = kysely.transaction().execute((transaction) => listMemberships(transaction, owner.sub))
    await expect(outside).rejects.toMatchObject({ code: '42501' })
  })
})
