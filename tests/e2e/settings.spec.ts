import { connectNumber, expect, openShop, signIn, settingsTest as test } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

test('a new workspace is led to its first number', async ({ browser, stack }) => {
  const shop = await openShop(stack, 'Toko Sepeda')
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } })
  const page = await context.newPage()
  await signIn(page, shop.owner)
  await expect(page.getByText('Connect a WhatsApp number')).toBeVisible()
  await page.getByRole('link', { name: 'See how' }).click()
  await expect(page.getByText('No WhatsApp number yet')).toBeVisible()
  await expect(page.getByText(`channel add --workspace ${shop.slug}`)).toBeVisible()
  await expectNoObstacles(page, { themes: ['light'], advice: true })

  const number = await connectNumber(stack, shop)
  await page.reload()
  await expect(page.getByRole('heading', { name: number.displayPhone })).toBeVisible()
  await expect(page.getByText(number.phoneNumberId)).toBeVisible()
  await page.getByRole('link', { name: 'Inbox' }).filter({ visible: true }).click()
  await expect(page.getByText('No conversations yet')).toBeVisible()
  await context.close()
})

test('a number shows where Kapso delivers to, and none of its secrets', async ({ page, context, shop }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto(`/w/${shop.slug}/settings`)
  await expect(page.getByText(shop.number.webhookUrl)).toBeVisible()
  const number = page.getByRole('listitem').filter({ hasText: shop.number.webhookUrl })
  await number.getByRole('button', { name: 'Copy webhook address' }).click()
  await expect(number.getByRole('button', { name: 'Copied webhook address' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shop.number.webhookUrl)
  const [html, json] = [await page.content(), await page.request.get(`/w/${shop.slug}/settings/__data.json`)]
  for (const sent of [html, await json.text()]) {
    expect(sent).toContain(shop.number.phoneNumberId)
    expect(sent).not.toContain(shop.number.webhookSecret)
  }
  await expectNoObstacles(page, { themes: ['light', 'dark'], advice: true })
})

test('an owner renames the workspace and moves it to another time zone', async ({ page, shop }) => {
  await page.goto(`/w/${shop.slug}/settings`)
  // This button needs scripts: with it the page runs.
  await expect(page.getByRole('button', { name: 'Copy webhook address' }).first()).toBeVisible()
  const name = page.getByLabel('Company name')
  await name.fill('   ')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Give the workspace a name.')).toBeVisible()
  await expect(name).toBeFocused()
  await name.fill('Kebun Melati')
  await page.getByLabel('Time zone').selectOption('Asia/Makassar')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  await expect(page.getByText('Give the workspace a name.')).toHaveCount(0)

  await page.reload()
  await expect(name).toHaveValue('Kebun Melati')
  await expect(page.getByLabel('Time zone')).toHaveValue('Asia/Makassar')
  await page
    .getByRole('button', { name: /Switch workspace|^Account$/ })
    .filter({ visible: true })
    .first()
    .click()
  await expect(page.getByRole('menuitemradio', { name: 'Kebun Melati' })).toBeChecked()
})

test('all of it works without scripts', async ({ browser, shop }) => {
  const context = await browser.newContext({ storageState: shop.signedIn, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`/w/${shop.slug}/settings`)
  const name = page.getByLabel('Company name')
  const timeZone = page.getByLabel('Time zone')
  await name.fill('   ')
  await timeZone.selectOption('Asia/Jayapura')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Give the workspace a name.')).toBeVisible()
  await expect(timeZone).toHaveValue('Asia/Jayapura')
  await name.fill('Kebun Kenanga')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  await expect(name).toHaveValue('Kebun Kenanga')
  await expect(timeZone).toHaveValue('Asia/Jayapura')
  await expect(page.getByText(shop.number.webhookUrl)).toBeVisible()
  await context.close()
})
