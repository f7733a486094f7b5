import type { Browser, Locator, Page } from '@playwright/test'
import { addAgent, type ShopMember } from './members.ts'
import { runQuery } from './query.ts'
import {
  addCustomer,
  expect,
  signIn,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
} from './shop.ts'
import type { E2eStack } from './stack.ts'

const test = testInOwnShop()

const hourMs = 60 * 60 * 1000
const twoDaysMs = 48 * hourMs

const rowOf = (page: Page, { name }: Customer): Locator => page.getByRole('link').filter({ hasText: name })
const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })
const sentBy = (page: Page): Locator => messagesOf(page).locator('[data-direction=outbound]')
const fieldOf = (page: Page, { name }: Customer): Locator => page.getByLabel(`Reply to ${name}`)
const formOf = (page: Page): Locator => page.getByRole('form', { name: 'Reply' })

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<string> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await rowOf(page, customer).click()
  await expect(page.getByRole('heading', { name: customer.name }).first()).toBeVisible()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
  return /inbox\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''
}

async function openAs(browser: Browser, member: ShopMember): Promise<Page> {
  const context = await browser.newContext({
    storageState: { cookies: [], origins: [] },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  await signIn(page, member)
  return page
}

/** Writes a draft, and waits until the server has it. */
async function draft(page: Page, customer: Customer, text: string): Promise<void> {
  const saved = page.waitForResponse(
    (answer) => answer.url().endsWith('/draft') && answer.request().method() === 'PUT',
  )
  await fieldOf(page, customer).fill(text)
  await saved
}

function changeMember(stack: E2eStack, shop: ConnectedShop, userId: string, change: string) {
  return runQuery(
    stack,
    `update public.workspace_members m set ${change} from public.workspaces w
     where w.id = m.workspace_id and w.slug = $1 and m.user_id = $2`,
    [shop.slug, userId],
  )
}

/** A page goes on by itself when its reader comes back to it. */
const comeBackTo = (page: Page) => page.evaluate(() => window.dispatchEvent(new Event('focus')))

test('a session that ends while one is typing costs no word, and the page goes on after signing in elsewhere', async ({
  page,
  context,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Intan')
  await write(stack, shop, customer, 'Ada yang warna hijau?')
  await openThread(page, shop, customer)
  await fieldOf(page, customer).fill('Ada, Kak, tinggal')
  await context.clearCookies()
  await write(stack, shop, customer, 'Atau yang biru')
  await expect(page.locator('[data-ended=signed-out]')).toContainText('What you write here is kept')
  await expect(fieldOf(page, customer)).toHaveValue('Ada, Kak, tinggal')
  await fieldOf(page, customer).fill('Ada, Kak, tinggal dua')

  const tab = await context.newPage()
  await signIn(tab, shop.owner)
  await tab.close()
  await comeBackTo(page)
  await expect(page.locator('[data-ended]')).toHaveCount(0)
  await expect(messagesOf(page)).toContainText('Atau yang biru')
  await expect(fieldOf(page, customer)).toHaveValue('Ada, Kak, tinggal dua')

  await context.clearCookies()
  await page.goto('/sign-in')
  await signIn(page, shop.owner)
  await openThread(page, shop, customer)
  await expect(fieldOf(page, customer)).toHaveValue('Ada, Kak, tinggal dua')
})

test('another member who signs in on the same device does not take over a page that was left', async ({
  page,
  context,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Laras')
  await write(stack, shop, customer, 'Halo')
  await openThread(page, shop, customer)
  await fieldOf(page, customer).fill('Untuk Laras saja')
  await context.clearCookies()
  await write(stack, shop, customer, 'Masih di sana?')
  await expect(page.locator('[data-ended=signed-out]')).toBeVisible()
  const tab = await context.newPage()
  await signIn(tab, await addAgent(stack, shop, 'Bayu'))
  const asked = page.waitForResponse((answer) => answer.url().endsWith('/inbox/setup'))
  await comeBackTo(page)
  await asked
  await expect(page.locator('[data-ended=signed-out]')).toBeVisible()
  await expect(messagesOf(page)).not.toContainText('Masih di sana?')
})

test('a member who is removed sees it, and can take along what they wrote', async ({
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Sari')
  await write(stack, shop, customer, 'Kapan buka?')
  const agent = await addAgent(stack, shop, 'Bayu')
  const page = await openAs(browser, agent)
  await openThread(page, shop, customer)
  await fieldOf(page, customer).fill('Besok jam sembilan')
  await changeMember(stack, shop, agent.userId, 'removed_at = now()')
  await comeBackTo(page)
  const banner = page.locator('[data-ended=refused]')
  await expect(banner).toContainText('You are no longer a member here')
  await expect(fieldOf(page, customer)).toHaveValue('Besok jam sembilan')
  await banner.getByRole('button', { name: 'Copy my text' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('Besok jam sembilan')
  await page.context().close()
})

test('a conversation that leaves the sight of its reader says so and keeps the draft; what comes into sight is there at once', async ({
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Fajar')
  await write(stack, shop, customer, 'Bisa COD?')
  const agent = await addAgent(stack, shop, 'Bayu', 'own')
  const page = await openAs(browser, agent)
  await expect(rowOf(page, customer)).toHaveCount(0)
  await changeMember(stack, shop, agent.userId, `visibility = 'all'`)
  await expect(rowOf(page, customer)).toBeVisible({ timeout: 45_000 })

  await rowOf(page, customer).click()
  await draft(page, customer, 'Bisa, di sekitar')
  await changeMember(stack, shop, agent.userId, `visibility = 'own'`)
  await comeBackTo(page)
  await expect(page.getByRole('heading', { name: 'You no longer see this conversation' })).toBeVisible()
  await expect(page.getByText('Bisa, di sekitar')).toBeVisible()
  await page.getByRole('button', { name: 'Copy my text' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('Bisa, di sekitar')
  await expect(rowOf(page, customer)).toHaveCount(0)
  await page.context().close()
})

/** As an operator, or a rule about how long things are kept, would delete it: with all that hangs on it, at once. */
async function deleteConversation(stack: E2eStack, conversationId: string): Promise<void> {
  const parts = [
    'message_removals',
    'message_reactions',
    'drafts',
    'notifications',
    'conversation_notes',
    'conversation_events',
    'conversation_reads',
    'kapso_conversations',
  ]
  // Without parameters, so that it is one transaction of several statements.
  expect(conversationId).toMatch(/^[0-9a-f-]{36}$/)
  await runQuery(
    stack,
    [
      `update public.conversations set last_message_id = null where id = '${conversationId}'`,
      `delete from private.customer_signals where conversation_id = '${conversationId}'`,
      `delete from private.conversation_departures where conversation_id = '${conversationId}'`,
      `delete from public.messages where conversation_id = '${conversationId}'`,
      ...parts.map((part) => `delete from public.${part} where conversation_id = '${conversationId}'`),
      `delete from public.conversations where id = '${conversationId}'`,
    ].join(';\n'),
    [],
  )
}

test('a conversation that is deleted while it is open says so, keeps the draft, and leaves the list', async ({
  page,
  context,
  stack,
  shop,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const [customer, other] = [await addCustomer(stack, 'Dimas'), await addCustomer(stack, 'Ratna')]
  await write(stack, shop, other, 'Halo')
  await write(stack, shop, customer, 'Tolong hapus data saya')
  const failures: string[] = []
  page.on('pageerror', ({ message }) => failures.push(message))
  const conversationId = await openThread(page, shop, customer)
  await draft(page, customer, 'Baik, sudah kami')
  await deleteConversation(stack, conversationId)
  await expect(page.getByRole('heading', { name: 'This conversation was deleted' })).toBeVisible({
    timeout: 45_000,
  })
  await expect(page.getByText('Baik, sudah kami')).toBeVisible()
  // Nothing of the person stays on the screen.
  await expect(page.getByRole('main').getByText(customer.name)).toHaveCount(0)
  expect(failures).toEqual([])
  await page.getByRole('button', { name: 'Copy my text' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('Baik, sudah kami')
  await expect(rowOf(page, customer)).toHaveCount(0)

  // The way on leads back into the inbox, which works as before; the address itself says that there is nothing.
  const address = page.url()
  await page.getByRole('link', { name: 'Back to the inbox' }).click()
  await rowOf(page, other).click()
  await expect(fieldOf(page, other)).toBeVisible()
  await page.goto(address)
  await expect(page.getByRole('heading', { name: 'This conversation is not in your inbox' })).toBeVisible()
})

test('two tabs write one draft, and what one sends is there once in both', async ({
  page,
  context,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Ayu')
  await write(stack, shop, customer, 'Ukuran M ada?')
  const other = await context.newPage()
  for (const each of [page, other]) await openThread(each, shop, customer)
  await fieldOf(page, customer).fill('Ada, Kak')
  await expect(fieldOf(other, customer)).toHaveValue('Ada, Kak')
  await fieldOf(other, customer).fill('Ada, Kak. Mau berapa?')
  await expect(fieldOf(page, customer)).toHaveValue('Ada, Kak. Mau berapa?')
  await formOf(other).getByRole('button', { name: 'Send', exact: true }).click()
  for (const each of [page, other]) {
    await expect(sentBy(each)).toHaveCount(1)
    await expect(sentBy(each)).toContainText('Ada, Kak. Mau berapa?')
    await expect(fieldOf(each, customer)).toHaveValue('')
  }
})

for (const offMs of [twoDaysMs, -twoDaysMs]) {
  const direction = offMs > 0 ? 'fast' : 'slow'
  test(`a clock that is two days ${direction} changes no window, no order and no day`, async ({
    page,
    stack,
    shop,
  }) => {
    await page.addInitScript((off) => {
      const Right = Date
      class Wrong extends Right {
        constructor(...parts: number[]) {
          super(...((parts.length === 0 ? [Right.now() + off] : parts) as [number]))
        }
        static override now() {
          return Right.now() + off
        }
      }
      globalThis.Date = Wrong as DateConstructor
    }, offMs)
    const [customer, newer] = [await addCustomer(stack, 'Rudi'), await addCustomer(stack, 'Tono')]
    await write(stack, shop, customer, 'Masih ada?', Date.now() - 23 * hourMs)
    await write(stack, shop, newer, 'Halo')
    await openThread(page, shop, customer)
    await expect(formOf(page)).toContainText(/(59|58) min left to reply/)
    await fieldOf(page, customer).fill('Masih')
    await formOf(page).getByRole('button', { name: 'Choose a time' }).click()
    await page
      .getByRole('dialog', { name: 'When should it leave?' })
      .getByRole('button', { name: 'In an hour' })
      .click()
    await formOf(page).getByRole('button', { name: 'Schedule' }).click()
    await expect(sentBy(page)).toContainText('Leaves')
    await sentBy(page).getByRole('button', { name: 'Cancel it' }).click()
    await expect(sentBy(page)).toHaveCount(0)

    await fieldOf(page, customer).fill('Masih, Kak')
    await formOf(page).getByRole('button', { name: 'Send', exact: true }).click()
    await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
    await expect(messagesOf(page).locator('[data-direction]')).toHaveText([/Masih ada\?/, /Masih, Kak/])
    await expect(messagesOf(page)).toContainText('Today')

    await page.goto(`/w/${shop.slug}/inbox?view=closing`)
    await expect(rowOf(page, customer)).toBeVisible()
    await expect(rowOf(page, newer)).toHaveCount(0)
  })
}
