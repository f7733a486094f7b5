import type { Page } from '@playwright/test'
import { randomInt } from 'node:crypto'
import { addCustomer, expect, simulate, testInOwnShop, write, type ConnectedShop } from './shop.ts'

const test = testInOwnShop()

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'New message' })
const rowsOf = (page: Page, text: string) =>
  page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').filter({ hasText: text })

async function openInbox(page: Page, { slug }: ConnectedShop): Promise<void> {
  await page.goto(`/w/${slug}/inbox`)
  await expect(page.locator('[data-live]').filter({ visible: true })).toHaveAttribute('data-live', 'live')
}

/** By its key; on a phone, which has none, by its button. */
async function startNewMessage(page: Page, isMobile: boolean): Promise<void> {
  if (isMobile) await page.getByRole('button', { name: 'New message' }).click()
  else await page.keyboard.press('c')
  await expect(dialogOf(page).getByLabel('To')).toBeFocused()
}

async function sendTemplate(page: Page): Promise<void> {
  const dialog = dialogOf(page)
  // Beside them stand the contacts that fit what was typed.
  const templates = dialog
    .locator('ul:not([aria-label=Contacts]) > li')
    .getByRole('button', { disabled: false })
  await expect(async () => {
    const refresh = dialog.getByRole('button', { name: 'Refresh' })
    if ((await templates.count()) === 0) await refresh.click()
    await expect(templates.first()).toBeVisible({ timeout: 5_000 })
  }).toPass()
  await templates.first().click()
  // Whom it goes to is settled; what is left are the places of the template.
  for (const field of await dialog.getByRole('textbox').all())
    if ((await field.inputValue()) === '') await field.fill('Ratih')
  await dialog.getByRole('button', { name: 'Send template' }).click()
  await expect(dialog).toHaveCount(0)
}

test('a new message to somebody known opens their thread, and never makes a second one', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  const customer = await simulate<{ id: string; name: string; phone: string }>(
    stack,
    '/simulator/customers',
    {
      name: `Melati ${String(randomInt(1e5, 1e6))}`,
    },
  )
  await write(stack, shop, customer, 'Halo, masih buka?')
  await openInbox(page, shop)
  await rowsOf(page, customer.name).click()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
  const thread = new URL(page.url()).pathname

  await openInbox(page, shop)
  await startNewMessage(page, isMobile)
  const dialog = dialogOf(page)
  await dialog.getByLabel('To').fill(customer.name)
  await dialog.getByRole('list', { name: 'Contacts' }).getByRole('button').first().click()
  await expect(dialog).toContainText(customer.name)
  await dialog.getByRole('button', { name: 'Open conversation' }).click()
  await expect(page).toHaveURL((url) => url.pathname === thread)

  await openInbox(page, shop)
  await startNewMessage(page, isMobile)
  await dialog.getByLabel('To').fill(`+${customer.phone.replace(/\D/g, '')}`)
  await sendTemplate(page)
  await expect(page).toHaveURL((url) => url.pathname === thread)
  await expect(page.getByRole('region', { name: 'Messages' }).locator('[data-type=template]')).toHaveCount(1)
  await openInbox(page, shop)
  await expect(rowsOf(page, customer.name)).toHaveCount(1)
})

test('a new message to a number that nobody knows makes its thread', async ({ page, shop, isMobile }) => {
  const digits = String(randomInt(1000, 9999))
  await openInbox(page, shop)
  if (isMobile) {
    await startNewMessage(page, true)
  } else {
    const box = page.getByRole('combobox', { name: /Search/ })
    // The page takes keys only once it runs.
    await expect(async () => {
      if ((await page.getByRole('dialog').count()) === 0) await page.keyboard.press('Control+k')
      await expect(box).toBeFocused({ timeout: 1_000 })
    }).toPass()
    await page.keyboard.type('new mess')
    await expect(page.getByRole('option', { selected: true })).toHaveText(/New message/)
    await page.keyboard.press('Enter')
  }
  await dialogOf(page).getByLabel('To').fill(`0812 0000 ${digits}`)
  await expect(dialogOf(page).locator('[data-reading]')).toHaveAttribute('data-reading', 'valid')
  await sendTemplate(page)
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
  await expect(page.getByRole('heading', { level: 2 }).first()).toContainText(digits)
  await expect(page.getByRole('region', { name: 'Messages' }).locator('[data-type=template]')).toHaveCount(1)
})

test('the key for a new message is left alone where one writes', async ({ page, stack, shop, isMobile }) => {
  test.skip(isMobile, 'A phone has no keys.')
  const customer = await addCustomer(stack, 'Cinta')
  await write(stack, shop, customer, 'Halo')
  await openInbox(page, shop)
  await rowsOf(page, customer.name).click()
  const field = page.getByLabel(`Reply to ${customer.name}`)
  await field.pressSequentially('cc')
  await expect(field).toHaveValue('cc')
  await expect(dialogOf(page)).toHaveCount(0)
})
