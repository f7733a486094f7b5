import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { applyAtOnce, openScene, type IdentityScene } from '../support/identity-scene.ts'
import { startPipeline } from '../support/pipeline.ts'

let database: TestDatabase
let scene: IdentityScene

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(async () => {
  await database.drop()
})

beforeEach(async () => {
  scene = await openScene(database)
})

afterEach(async () => {
  await scene.pipeline.close()
})

const at = (seconds: number) => 1_760_000_000 + seconds
const one = '6281200000001'
const two = '6281200000002'

async function tellApart(...steps: (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) {
    await step()
    await scene.apply()
  }
}

describe('one person', () => {
  test('who shows the id first and the number later', async () => {
    await tellApart(
      () => scene.say({ wamid: 'a', businessScopedId: 'ID.1', at: at(1) }),
      () => scene.say({ wamid: 'b', businessScopedId: 'ID.1', phone: one, at: at(2) }),
      () => scene.say({ wamid: 'c', phone: one, at: at(3) }),
    )
    expect(await scene.people()).toMatchObject([{ phone: `+${one}`, ids: ['ID.1'], accounts: 1 }])
    expect(await scene.threads()).toMatchObject([
      { wamids: ['a', 'b', 'c'], inbound_count: 3, last_wamid: 'c' },
    ])
  })

  test('whom only the Kapso conversation names until an id arrives', async () => {
    await tellApart(
      () => scene.say({ wamid: 'a', conversationId: 'k1', at: at(1) }),
      () => scene.say({ wamid: 'b', conversationId: 'k1', businessScopedId: 'ID.1', phone: one, at: at(2) }),
    )
    expect(await scene.people()).toMatchObject([{ phone: `+${one}`, ids: ['ID.1'], accounts: 1 }])
    expect(await scene.threads()).toMatchObject([{ wamids: ['a', 'b'] }])
  })

  test('whose Kapso conversation turns out to be that of somebody known', async () => {
    await tellApart(
      () => scene.say({ wamid: 'a', businessScopedId: 'ID.1', phone: one, conversationId: 'k0', at: at(1) }),
      () => scene.say({ wamid: 'b', conversationId: 'k1', at: at(2) }),
      () => scene.say({ wamid: 'c', conversationId: 'k1', businessScopedId: 'ID.1', at: at(3) }),
    )
    expect(await scene.people()).toMatchObject([{ ids: ['ID.1'], accounts: 2, contacts: 1 }])
    expect(await scene.threads()).toMatchObject([
      { wamids: ['a', 'b', 'c'], inbound_count: 3, last_wamid: 'c' },
    ])
  })

  test('whose number and id were two until one message showed both', async () => {
    await tellApart(
      () => scene.say({ wamid: 'a', phone: one, conversationId: 'k1', at: at(1), contactName: 'Budi' }),
      () =>
        scene.say({
          wamid: 'b',
          businessScopedId: 'ID.1',
          conversationId: 'k2',
          at: at(2),
          contactName: 'Ani',
        }),
    )
    expect(await scene.people()).toHaveLength(2)
    await tellApart(() =>
      scene.say({ wamid: 'c', businessScopedId: 'ID.1', phone: one, conversationId: 'k3', at: at(3) }),
    )
    expect(await scene.people()).toMatchObject([
      { contact: 'Ani', phone: `+${one}`, ids: ['ID.1'], accounts: 2, contacts: 1 },
    ])
    expect(await scene.threads()).toMatchObject([{ wamids: ['a', 'b', 'c'], inbound_count: 3 }])
    expect(await scene.findings()).toEqual([])
  })

  test('whose id changed, however the change is told', async () => {
    await tellApart(
      () => scene.say({ wamid: 'a', businessScopedId: 'ID.1', phone: one, at: at(1) }),
      () => scene.say({ wamid: 'b', businessScopedId: 'ID.2', phone: one, at: at(5) }),
    )
    expect(await scene.people()).toHaveLength(2)
    expect(await scene.findings()).toEqual(['recycled_number'])
    await tellApart(() => scene.tellChange({ from: 'ID.1', to: 'ID.2', at: at(4) }))
    expect(await scene.people()).toMatchObject([{ ids: ['ID.1', 'ID.2'], phone: `+${one}`, contacts: 1 }])
    expect(await scene.findings()).toEqual([])
    expect(await scene.threads()).toMatchObject([{ wamids: ['a', 'b'] }])
  })

  test('whose change is told before anybody has heard of them', async () => {
    await tellApart(
      () => scene.tellChange({ from: 'ID.1', to: 'ID.2', phone: one, at: at(4) }),
      async () => expect(await scene.people()).toEqual([]),
      () => scene.say({ wamid: 'b', businessScopedId: 'ID.2', at: at(5) }),
      () => scene.say({ wamid: 'a', businessScopedId: 'ID.1', at: at(1) }),
    )
    expect(await scene.people()).toMatchObject([{ ids: ['ID.1', 'ID.2'], phone: `+${one}`, accounts: 1 }])
  })

  test('who changes the number keeps the former one', async () => {
    await tellApart(
      () => scene.say({ wamid: 'b', businessScopedId: 'ID.1', phone: two, at: at(5) }),
      () => scene.say({ wamid: 'a', businessScopedId: 'ID.1', phone: one, at: at(1) }),
    )
    expect(await scene.people()).toMatchObject([{ phone: `+${two}`, phones: [`+${one}`, `+${two}`] }])
  })

  test('on two of the numbers of a workspace has a thread on each', async () => {
    const other = await scene.addChannel()
    const abroad = await scene.addChannel('another account')
    await tellApart(
      () => scene.say({ wamid: 'a', businessScopedId: 'ID.1', phone: one, at: at(1) }),
      () => scene.say({ wamid: 'b', businessScopedId: 'ID.1', on: other, conversationId: 'k2', at: at(2) }),
      () =>
        scene.say({
          wamid: 'c',
          businessScopedId: 'ID.9',
          phone: one,
          on: abroad,
          conversationId: 'k3',
          at: at(3),
        }),
    )
    expect(await scene.people()).toMatchObject([{ ids: ['ID.1', 'ID.9'], accounts: 1 }])
    expect((await scene.threads()).map(({ wamids }) => wamids)).toEqual([['a'], ['b'], ['c']])
  })

  test('whose threads on both numbers are two until they are joined', async () => {
    const other = await scene.addChannel()
    await tellApart(
      () => scene.say({ wamid: 'a', phone: one, conversationId: 'k1', at: at(1) }),
      () => scene.say({ wamid: 'b', phone: one, on: other, conversationId: 'k2', at: at(2) }),
      () => scene.say({ wamid: 'c', businessScopedId: 'ID.1', conversationId: 'k3', at: at(3) }),
      () => scene.say({ wamid: 'd', businessScopedId: 'ID.1', on: other, conversationId: 'k4', at: at(4) }),
      () => scene.say({ wamid: 'e', businessScopedId: 'ID.1', phone: one, conversationId: 'k5', at: at(5) }),
    )
    expect((await scene.threads()).map(({ wamids }) => wamids)).toEqual([
      ['a', 'c', 'e'],
      ['b', 'd'],
    ])
  })
})

describe('two people', () => {
  test('who have had one number, one after the other, in whatever order that is told', async () => {
    const steps = [
      () => scene.say({ wamid: 'a', businessScopedId: 'ID.1', phone: one, conversationId: 'k1', at: at(1) }),
      () => scene.say({ wamid: 'b', businessScopedId: 'ID.2', phone: one, conversationId: 'k2', at: at(5) }),
      () => scene.say({ wamid: 'c', businessScopedId: 'ID.1', phone: one, conversationId: 'k1', at: at(2) }),
    ]
    for (const order of [
      [0, 1, 2],
      [1, 0, 2],
      [1, 2, 0],
      [2, 1, 0],
    ]) {
      scene = await openScene(database)
      await tellApart(...order.flatMap((index) => steps[index] ?? []))
      expect(await scene.people()).toMatchObject([
        { ids: ['ID.1'], phone: null, phones: [`+${one}`] },
        { ids: ['ID.2'], phone: `+${one}` },
      ])
      expect((await scene.threads()).map(({ wamids }) => wamids)).toEqual([['a', 'c'], ['b']])
      expect(await scene.findings()).toEqual(['recycled_number'])
      if (order[0] !== 2) await scene.pipeline.close()
    }
  })

  test('with one name and one username', async () => {
    await tellApart(
      () => scene.say({ wamid: 'a', businessScopedId: 'ID.1', contactName: 'Budi', at: at(1) }),
      () =>
        scene.say({
          wamid: 'b',
          businessScopedId: 'ID.2',
          contactName: 'Budi',
          conversationId: 'k',
          at: at(1),
        }),
    )
    expect(await scene.people()).toHaveLength(2)
  })
})

describe('at the same instant, by several workers', () => {
  test('an album of ten images of somebody new makes one of everything', async () => {
    const other = await startPipeline(database)
    for (let index = 0; index < 10; index++) {
      await scene.say({ wamid: `i${String(index)}`, businessScopedId: 'ID.1', phone: one, at: at(1) })
    }
    await applyAtOnce([scene.pipeline, other], scene.workspace.workspaceId)
    await other.close()
    expect(await scene.people()).toMatchObject([{ accounts: 1, contacts: 1 }])
    expect(await scene.threads()).toMatchObject([{ inbound_count: 10 }])
  })

  test('messages that show the number, the id or both make one person and one thread, with nothing miscounted', async () => {
    const other = await startPipeline(database)
    for (let round = 0; round < 4; round++) {
      await scene.pipeline.close()
      scene = await openScene(database)
      await scene.say({ wamid: 'p0', phone: one, conversationId: 'kp', at: at(1) })
      await scene.say({ wamid: 'i0', businessScopedId: 'ID.1', conversationId: 'ki', at: at(2) })
      await scene.say({ wamid: 'q0', businessScopedId: 'ID.1', phone: two, conversationId: 'kq', at: at(3) })
      await scene.apply()
      for (let index = 1; index <= 6; index++) {
        const time = at(index * 10)
        await scene.say({ wamid: `p${String(index)}`, phone: one, conversationId: 'kp', at: time })
        await scene.say({
          wamid: `i${String(index)}`,
          businessScopedId: 'ID.1',
          conversationId: 'ki',
          at: time + 1,
        })
        await scene.say({ wamid: `q${String(index)}`, phone: two, conversationId: 'kq', at: time + 2 })
      }
      await scene.say({
        wamid: 'both',
        businessScopedId: 'ID.1',
        phone: one,
        conversationId: 'kb',
        at: at(100),
      })
      await applyAtOnce([scene.pipeline, other], scene.workspace.workspaceId)
      await scene.apply()
      expect(await scene.people()).toMatchObject([
        { phone: `+${one}`, phones: [`+${one}`, `+${two}`], contacts: 1 },
      ])
      const threads = await scene.threads()
      expect(threads).toMatchObject([{ inbound_count: 22, last_wamid: 'both' }])
      expect(threads[0]?.wamids).toHaveLength(22)
    }
    await other.close()
  })
})
