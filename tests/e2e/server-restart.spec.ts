import { join } from 'node:path'
import type { Browser, Locator, Page } from '@playwright/test'
import { startChild } from '../../src/launcher/child-process.ts'
import { isHealthy } from '../../src/launcher/health.ts'
import { findFreePort } from '../support/free-port.ts'
import { nodeEnvironment } from '../support/node-environment.ts'
import { runQuery } from './query.ts'
import {
  addCustomer,
  environmentOf,
  expect,
  signIn,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
} from './shop.ts'
import type { E2eStack } from './stack.ts'

const test = testInOwnShop()

const root = join(import.meta.dirname, '..', '..')

interface OwnWeb {
  origin: string
  start(): Promise<void>
  stop(): Promise<void>
}

/** A web process beside the stack's, on the same data: it can be stopped without taking the ground from other tests. */
async function prepareWeb(stack: E2eStack): Promise<OwnWeb> {
  const port = String(await findFreePort())
  const origin = `http://127.0.0.1:${port}`
  const environment = {
    ...environmentOf(stack),
    ...nodeEnvironment(),
    NODE_ENV: 'production',
    ORIGIN: origin,
    PORT: port,
  }
  const logFile = join(stack.embeddedDir, 'logs/web-restart.log')
  let child: ReturnType<typeof startChild> | undefined
  return {
    origin,
    async start() {
      child = startChild(['src/server.ts'], { root, environment, logFile })
      await expect.poll(() => isHealthy(`${origin}/health`), { timeout: 30_000 }).toBe(true)
    },
    async stop() {
      await child?.stop()
    },
  }
}

const rowOf = (page: Page, { name }: Customer): Locator =>
  page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').filter({ hasText: name })
const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })
const sentBy = (page: Page): Locator => messagesOf(page).locator('[data-direction=outbound]')
const fieldOf = (page: Page, { name }: Customer): Locator => page.getByLabel(`Reply to ${name}`)
const liveOf = (page: Page): Locator => page.locator('[data-live]').filter({ visible: true }).first()
const startOf = (page: Page): Promise<number> => page.evaluate(() => performance.timeOrigin)

async function openThread(
  browser: Browser,
  web: OwnWeb,
  shop: ConnectedShop,
  customer: Customer,
): Promise<Page> {
  // A session belongs to one address, and this one is another.
  const context = await browser.newContext({
    baseURL: web.origin,
    storageState: { cookies: [], origins: [] },
  })
  const page = await context.newPage()
  await signIn(page, shop.owner, web.origin)
  await rowOf(page, customer).click()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
  await expect(fieldOf(page, customer)).toBeVisible()
  return page
}

test('a server that restarts costs no word: the page says so, waits, and goes on by itself', async ({
  browser,
  stack,
  shop,
}) => {
  test.setTimeout(120_000)
  const web = await prepareWeb(stack)
  await web.start()
  try {
    const customer = await addCustomer(stack, 'Intan')
    await write(stack, shop, customer, 'Ada yang warna hijau?')
    const page = await openThread(browser, web, shop, customer)
    await expect(liveOf(page)).toHaveAttribute('data-live', 'live')
    const conversationId = /inbox\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''
    const start = await startOf(page)
    await fieldOf(page, customer).fill('Ada, Kak')

    await web.stop()
    await write(stack, shop, customer, 'Atau yang biru')
    await expect(liveOf(page)).toHaveAttribute('data-live', 'offline')
    await expect(liveOf(page)).toContainText('Offline since')
    await fieldOf(page, customer).press('Enter')
    await expect(sentBy(page)).toContainText('Ada, Kak')
    await expect(sentBy(page)).toContainText('No answer')
    await expect(fieldOf(page, customer)).toHaveValue('')
    await fieldOf(page, customer).fill('Tinggal dua')
    await expect(messagesOf(page)).not.toContainText('Atau yang biru')

    await web.start()
    await expect(messagesOf(page)).toContainText('Atau yang biru', { timeout: 30_000 })
    await expect(liveOf(page)).toHaveAttribute('data-live', 'live')
    await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible({
      timeout: 45_000,
    })
    await expect(sentBy(page)).toHaveCount(1)
    await expect(fieldOf(page, customer)).toHaveValue('Tinggal dua')
    await fieldOf(page, customer).blur()
    const drafts = () =>
      runQuery(stack, 'select text from public.drafts where conversation_id = $1', [conversationId])
    await expect.poll(drafts).toEqual([{ text: 'Tinggal dua' }])
    const sent = await runQuery(
      stack,
      `select text from public.messages where conversation_id = $1 and direction = 'outbound'`,
      [conversationId],
    )
    expect(sent).toEqual([{ text: 'Ada, Kak' }])
    expect(await startOf(page)).toBe(start)
    await page.context().close()
  } finally {
    await web.stop()
  }
})

test('what is opened while the server is away says so, and opens by itself when it is back', async ({
  browser,
  stack,
  shop,
}) => {
  test.setTimeout(120_000)
  const web = await prepareWeb(stack)
  await web.start()
  try {
    const [customer, other] = [await addCustomer(stack, 'Laras'), await addCustomer(stack, 'Putra')]
    await write(stack, shop, customer, 'Halo')
    await write(stack, shop, other, 'Halo juga')
    const page = await openThread(browser, web, shop, customer)
    await fieldOf(page, customer).fill('Untuk Laras')
    await web.stop()
    await rowOf(page, other).click()
    // What is told of the contact beside it may have failed by itself.
    await expect(page.getByRole('alert').filter({ hasText: 'Nothing was lost' })).toBeVisible()
    // The browser's own page would stand there without a word, and go nowhere.
    await page.waitForEvent('requestfailed', (request) => request.url().endsWith('/health'))

    await web.start()
    await expect(messagesOf(page)).toContainText('Halo juga', { timeout: 30_000 })
    await rowOf(page, customer).click()
    await expect(fieldOf(page, customer)).toHaveValue('Untuk Laras')
    await page.context().close()
  } finally {
    await web.stop()
  }
})
