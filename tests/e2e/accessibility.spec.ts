import type { Locator, Page } from '@playwright/test'
import { addCustomer, expect, testInOwnShop, write, type ConnectedShop, type Customer } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

const test = testInOwnShop()

// States of the pages that no other test looks at with axe, in both themes, and what axe cannot tell.

const rowOf = (page: Page, { name }: Customer): Locator => page.getByRole('link').filter({ hasText: name })
const headerOf = (page: Page, { name }: Customer): Locator =>
  page.getByRole('region', { name: `Conversation with ${name}` })

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await rowOf(page, customer).click()
  await expect(page.getByRole('heading', { name: customer.name }).first()).toBeVisible()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
}

test('menus and pickers of a conversation have no obstacles', async ({ page, stack, shop, isMobile }) => {
  const customer = await addCustomer(stack, 'Laksmi')
  await write(stack, shop, customer, 'Halo')
  await openThread(page, shop, customer)
  const header = headerOf(page, customer)
  for (const kind of isMobile ? ['more'] : ['assign', 'labels', 'snooze', 'more']) {
    const opener = header.locator(`[data-picker=${kind}]`)
    await opener.click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectNoObstacles(page, { state: kind })
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(opener).toBeFocused()
  }
})

test('a list of choices is led through from its field, also where it is longer than its window', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  test.skip(isMobile, 'The keyboard is the same on a phone.')
  const customer = await addCustomer(stack, 'Mira')
  await write(stack, shop, customer, 'Halo')
  await page.setViewportSize({ width: 1280, height: 420 })
  await page.goto(`/w/${shop.slug}/inbox`)
  await expect(rowOf(page, customer)).toBeVisible()
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Search people' })
  await expect(field).toBeFocused()
  const list = page.getByRole('listbox')
  await expect
    .poll(() => list.evaluate(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight))
    .toBe(true)
  await page.keyboard.press('ArrowUp')
  await expect(list.getByRole('option', { selected: true })).toBeInViewport()
  await expectNoObstacles(page, { state: 'search' })
})

test('the account, a new message and the notifications have no obstacles', async ({ page, shop }) => {
  await page.goto(`/w/${shop.slug}/inbox`)
  await page
    .getByRole('button', { name: /^Account( of .*)?$/ })
    .filter({ visible: true })
    .first()
    .click()
  await expect(page.getByRole('menu')).toBeVisible()
  await expectNoObstacles(page, { state: 'account' })
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'New message' }).filter({ visible: true }).first().click()
  await expect(page.getByRole('dialog', { name: 'New message' })).toBeVisible()
  await expectNoObstacles(page, { state: 'new message' })
  for (const path of [
    'notifications',
    'settings/you',
    'settings/keys',
    'settings/notifications',
    'nothing',
  ]) {
    await page.goto(`/w/${shop.slug}/${path}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expectNoObstacles(page, { state: path })
  }
})

test('at 320 pixels nothing has to be scrolled sideways, and the name keeps room', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Nirmala')
  await write(stack, shop, customer, 'https://example.com/'.padEnd(200, 'panjang'))
  await page.setViewportSize({ width: 320, height: 640 })
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)
  for (const path of ['inbox', 'notifications', 'settings', 'settings/hours', 'settings/keys']) {
    await page.goto(`/w/${shop.slug}/${path}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    expect(await fits(), path).toBe(true)
  }
  await openThread(page, shop, customer)
  expect(await fits(), 'thread').toBe(true)
  const heading = page.getByRole('heading', { name: customer.name }).first()
  expect((await heading.boundingBox())?.width).toBeGreaterThan(56)
})

test('what has the focus is drawn with a line where colours are forced', async ({
  page,
  shop,
  stack,
  isMobile,
}) => {
  test.skip(isMobile, 'A phone has no such setting.')
  const customer = await addCustomer(stack, 'Odah')
  await write(stack, shop, customer, 'Halo')
  await page.emulateMedia({ forcedColors: 'active' })
  await openThread(page, shop, customer)
  const lineOf = (element: Locator) =>
    element.evaluate((node) => Number.parseFloat(getComputedStyle(node).outlineWidth))
  const styleOf = (element: Locator) => element.evaluate((node) => getComputedStyle(node).outlineStyle)
  const field = page.getByLabel(`Reply to ${customer.name}`)
  await field.focus()
  expect(await styleOf(field)).toBe('solid')
  expect(await lineOf(field)).toBeGreaterThanOrEqual(2)
  await page.keyboard.press('Control+k')
  const chosen = page.getByRole('option', { selected: true })
  await expect(chosen).toBeVisible()
  expect(await styleOf(chosen)).toBe('solid')
})
