import type { Locator, Page } from '@playwright/test'
import { addCustomer, expect, testInOwnShop, write, type ConnectedShop } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

const test = testInOwnShop()

const boxOf = (page: Page): Locator => page.getByRole('combobox', { name: 'Search people' })
const optionOf = (page: Page, text: string | RegExp): Locator =>
  page.getByRole('option').filter({ hasText: text })
const activeOf = (page: Page): Locator => page.getByRole('option', { selected: true })

/** Resolves when what a member chose is kept. */
const waitForPreferences = (page: Page): Promise<unknown> =>
  page.waitForResponse((response) => response.url().endsWith('/preferences') && response.ok())

async function openInbox(page: Page, { slug }: ConnectedShop): Promise<void> {
  await page.goto(`/w/${slug}/inbox`)
  await expect(page.locator('[data-live]').filter({ visible: true })).toHaveAttribute('data-live', 'live')
}

test('finds an old message by its words and opens it in its thread', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Rina')
  const minutesAgo = (count: number) => Date.now() - count * 60_000
  await write(stack, shop, customer, 'Apakah pembelian tas kulit bisa dicicil?', minutesAgo(9))
  for (let count = 0; count < 3; count++)
    await write(stack, shop, customer, `Halo ${String(count)}`, minutesAgo(5 - count))
  await openInbox(page, shop)
  await expect(page.getByRole('link').filter({ hasText: customer.name })).toContainText('Halo 2')
  await page.keyboard.press('Control+k')
  await expect(boxOf(page)).toBeFocused()
  await page.keyboard.type('membeli kul')
  const found = optionOf(page, 'tas kulit')
  await expect(found).toContainText(customer.name)
  await expect(found.locator('mark')).toHaveText(['pembelian', 'kulit'])
  await expectNoObstacles(page, { within: '[role="dialog"]', advice: true })
  await found.click()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}\?message=[0-9a-f-]{36}$/)
  await expect(page.getByRole('region', { name: 'Messages' })).toContainText('pembelian tas kulit')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('finds somebody by a misspelt name, and says when there is nothing', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Kurniawan')
  await write(stack, shop, customer, 'Selamat pagi')
  await openInbox(page, shop)
  await expect(page.getByRole('link').filter({ hasText: customer.name })).toBeVisible()
  await page.keyboard.press('Control+k')
  await boxOf(page).fill('kurnaiwan')
  await expect(optionOf(page, customer.name)).toBeVisible()
  await boxOf(page).fill('zzqqxx')
  await expect(page.getByRole('dialog')).toContainText('Nothing found for “zzqqxx”')
  await expectNoObstacles(page, { within: '[role="dialog"]', advice: true })
  await page.route('**/search?**', (route) => route.abort())
  await boxOf(page).fill('selamat')
  await expect(page.getByRole('alert')).toContainText('The search did not get through')
  await page.unroute('**/search?**')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('option').first().click()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
})

test('runs an action by the keyboard alone, and gives the focus back', async ({ page, shop, isMobile }) => {
  test.skip(isMobile, 'A phone has no keys.')
  await openInbox(page, shop)
  await page.keyboard.press('/')
  await expect(boxOf(page)).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)

  await page.keyboard.press('/')
  await expect(boxOf(page)).toBeFocused()
  await page.keyboard.type('to sett')
  await expect(activeOf(page)).toHaveText(/Go to settings/)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/settings$/)

  await page.keyboard.press('g')
  await expect(page.getByRole('status').filter({ hasText: 'Press next' })).toContainText(
    'Go to my conversations',
  )
  await page.keyboard.press('m')
  await expect(page).toHaveURL(/\/inbox\?view=mine$/)
})

test('shows the keys, and lets them be changed and turned off', async ({ page, shop, isMobile }) => {
  test.skip(isMobile, 'A phone has no keys.')
  await openInbox(page, shop)
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keys' })
  await expect(help).toContainText('Go to open conversations')
  await expectNoObstacles(page, { within: '[role="dialog"]', advice: true })
  await help.getByRole('link', { name: 'Change keys' }).click()
  await expect(page).toHaveURL(/\/settings\/keys$/)

  await page.getByRole('button', { name: 'Change the key of “Search”' }).click()
  await page.keyboard.press('j')
  await expect(page.getByRole('alert')).toContainText('Already belongs to “Next conversation”.')
  await page.getByRole('button', { name: 'Change the key of “Search”' }).click()
  const changed = waitForPreferences(page)
  await page.keyboard.press('x')
  await expect(page.getByRole('button', { name: 'Reset “Search”' })).toBeVisible()
  await changed
  await page.reload()
  // Until then nobody hears a key.
  await expect(page.getByRole('checkbox', { name: 'Use single keys' })).toBeEnabled()
  await page.getByRole('heading', { name: 'Your keys' }).click()
  await page.keyboard.press('x')
  await expect(boxOf(page)).toBeFocused()
  await page.keyboard.press('Escape')

  // In force from the moment when it is chosen, however long the server takes.
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  await page.route('**/preferences', async (route) => {
    await held
    await route.continue()
  })
  const kept = waitForPreferences(page)
  await page.getByRole('checkbox', { name: 'Use single keys' }).uncheck()
  await page.getByRole('heading', { name: 'Your keys' }).click()
  await page.keyboard.press('x')
  await page.keyboard.press('?')
  await page.keyboard.press('Control+k')
  await expect(boxOf(page)).toBeFocused()
  await expect(page.getByRole('dialog')).toHaveCount(1)
  await expect(boxOf(page)).toHaveValue('')
  letGo()
  await kept
})

test('speaks Indonesian to whoever chose it', async ({ page, shop }) => {
  await page.goto(`/w/${shop.slug}/settings/you`)
  await page.getByRole('combobox', { name: 'Language' }).selectOption('id')
  await expect(page.getByRole('combobox', { name: 'Jarak dalam daftar' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'id')
  await page.getByRole('combobox', { name: 'Bahasa' }).selectOption('en')
  await expect(page.getByRole('combobox', { name: 'Space in the list' })).toBeVisible()
})
