import { addCustomer, connectNumber, expect, openShop, signIn, settingsTest as test, write } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

test('an admin sees what Kapso brought, and changes what rings', async ({ page, shop, stack }) => {
  await write(stack, shop, await addCustomer(stack, 'Dewi'), 'Halo')
  await page.goto(`/w/${shop.slug}/settings`)
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Webhooks' }).click()
  await expect(page.getByRole('heading', { name: 'Alarms' })).toBeVisible()
  await expect(page.getByRole('heading', { name: shop.number.displayPhone })).toBeVisible()
  await page.getByRole('link', { name: '7 days' }).click()
  await expect(page.getByRole('link', { name: '7 days' })).toHaveAttribute('aria-current', 'true')
  await expect(page.getByText('Deliveries', { exact: true })).toBeVisible()

  const silence = page.getByLabel('Silence: hours without a delivery')
  await silence.fill('100')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Between 1 and 72.')).toBeVisible()
  await silence.fill('6')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  await page.reload()
  await expect(silence).toHaveValue('6')

  await expectNoObstacles(page, { advice: true })
})

test('comparing lists is switched on for a number', async ({ page, shop }) => {
  await page.goto(`/w/${shop.slug}/settings/webhooks`)
  // Other tests may have given the shop another number.
  const item = page.getByRole('listitem').filter({ hasText: shop.number.displayPhone })
  const days = item.getByLabel('Compare whole lists with Kapso')
  await expect(days).toHaveValue('0')
  await days.selectOption('7')
  await item.getByRole('button', { name: 'Save' }).click()
  await expect(item.getByRole('button', { name: 'Save' })).toHaveCount(0)
  await page.reload()
  await expect(days).toHaveValue('7')
})

test('a workspace without a number is led to its first', async ({ browser, stack }) => {
  const shop = await openShop(stack, 'Toko Buku')
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } })
  const page = await context.newPage()
  await signIn(page, shop.owner)
  await page.goto(`/w/${shop.slug}/settings/webhooks`)
  await expect(page.getByText('No WhatsApp number yet')).toBeVisible()
  await expect(page.getByText('Nothing rings')).toBeVisible()
  await connectNumber(stack, shop)
  await page.reload()
  await expect(page.getByText('Last delivery')).toBeVisible()
  await context.close()
})
