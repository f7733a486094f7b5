import type { Locator, Page } from '@playwright/test'
import { addCustomer, expect, testInOwnShop, write, type ConnectedShop, type Customer } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

const test = testInOwnShop()

const hourMs = 60 * 60 * 1000

const listOf = (page: Page): Locator => page.getByRole('navigation', { name: 'Conversations' })
const rowOf = (page: Page, { name }: Customer): Locator =>
  listOf(page).getByRole('link').filter({ hasText: name })
const viewsOf = (page: Page): Locator => page.getByRole('navigation', { name: 'Views' })

async function openInbox(page: Page, { slug }: ConnectedShop, query = ''): Promise<void> {
  await page.goto(`/w/${slug}/inbox${query}`)
  await expect(page.locator('[data-live]').filter({ visible: true }).first()).toHaveAttribute(
    'data-live',
    'live',
  )
}

test('a view is in the address, so that reload, links and back lead to it', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Galih')
  await write(stack, shop, customer, 'Halo')
  await openInbox(page, shop)
  await expect(rowOf(page, customer)).toBeVisible()

  await viewsOf(page).getByRole('link', { name: /^Mine/ }).click()
  await expect(page).toHaveURL(/\?view=mine$/)
  await expect(page.getByText('Nothing is assigned to you')).toBeVisible()
  await page.getByRole('button', { name: 'More views' }).click()
  await page.getByRole('menuitemradio', { name: /^Closed/ }).click()
  await expect(page).toHaveURL(/\?view=closed$/)
  await expect(page.getByText('Nothing is closed yet')).toBeVisible()

  await page.reload()
  await expect(page.getByText('Nothing is closed yet')).toBeVisible()
  await page.goBack()
  await expect(page.getByText('Nothing is assigned to you')).toBeVisible()
  await page.goBack()
  await expect(rowOf(page, customer)).toBeVisible()
})

test('filters narrow the list, show as chips and can be taken off again', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Nadia')
  await write(stack, shop, customer, 'Apa kabar?')
  await openInbox(page, shop)
  await page.getByRole('button', { name: 'Filter and sort' }).click()
  const panel = page.getByRole('dialog', { name: 'Filter and sort' })
  await panel.getByLabel('Only unread').check()
  await expect(page).toHaveURL(/unread=1/)
  await panel.getByLabel('Lead status').selectOption('spam')
  await expect(page).toHaveURL(/lead=spam/)
  await page.keyboard.press('Escape')
  await expect(panel).toHaveCount(0)
  await expect(page.getByText('Nothing matches these filters')).toBeVisible()

  await page.getByRole('link', { name: 'Remove filter Lead status: Spam' }).click()
  await expect(rowOf(page, customer)).toContainText('1 unread')
  await page.getByRole('link', { name: 'Remove filter Unread' }).click()
  await expect(page).toHaveURL(/\/inbox$/)
})

test('a saved view keeps its filters, and is found again', async ({ page, shop }) => {
  await openInbox(page, shop, '?unread=1')
  await page.getByRole('button', { name: /^Filter and sort/ }).click()
  await page.getByRole('button', { name: 'Save as a view' }).click()
  await page.getByLabel('Name').fill('To be read')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('The view To be read is saved.')).toBeVisible()
  await page.keyboard.press('Escape')

  await openInbox(page, shop)
  await page.getByRole('button', { name: 'More views' }).click()
  await page.getByRole('menuitemradio', { name: /To be read/ }).click()
  await expect(page).toHaveURL(/unread=1/)
  await page.getByRole('button', { name: /^Filter and sort/ }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(page.getByText('The view To be read is deleted.')).toBeVisible()
})

test('borders of the panes move by keyboard and pointer, and stay where they were put', async ({
  page,
  stack,
  shop,
}, testInfo) => {
  test.skip(testInfo.project.name === 'phone', 'Phones show one pane at a time.')
  const customer = await addCustomer(stack, 'Lukas')
  await write(stack, shop, customer, 'Halo')
  await openInbox(page, shop)
  await rowOf(page, customer).click()
  const border = page.getByRole('separator', { name: 'Width of the list' })
  await expect(border).toHaveAttribute('aria-valuenow', '360')
  await border.focus()
  await page.keyboard.press('ArrowRight')
  await expect(border).toHaveAttribute('aria-valuenow', '376')
  const saved = page.waitForResponse((answer) => answer.url().endsWith('/preferences') && answer.ok())
  const box = await border.boundingBox()
  if (!box) throw new Error('The border is not drawn')
  await page.mouse.move(box.x + box.width / 2, 400)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width / 2 + 40, 400, { steps: 4 })
  await page.mouse.up()
  await expect(border).toHaveAttribute('aria-valuenow', '416')
  await saved
  await page.reload()
  await expect(border).toHaveAttribute('aria-valuenow', '416')
  await border.dblclick()
  await expect(border).toHaveAttribute('aria-valuenow', '360')
})

test('list, thread and details come one after the other on a phone, and back leads back', async ({
  page,
  stack,
  shop,
}, testInfo) => {
  test.skip(testInfo.project.name !== 'phone', 'A desk shows them side by side.')
  const customer = await addCustomer(stack, 'Farida')
  await write(stack, shop, customer, 'Halo')
  await openInbox(page, shop, '?unread=1')
  await rowOf(page, customer).click()
  await expect(page.getByRole('heading', { name: customer.name })).toBeVisible()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Contact details' }).click()
  const details = page.getByRole('complementary', { name: 'Contact details' })
  await expect(details.getByText('This is their only conversation.')).toBeVisible()
  await page.goBack()
  await expect(details).toBeHidden()
  await expect(page.getByRole('heading', { name: customer.name })).toBeVisible()
  await page.goBack()
  await expect(page).toHaveURL(/\/inbox\?unread=1$/)
  await expect(listOf(page)).toBeVisible()
})

test('the list tells its length, and the keyboard reaches its end though not all of it is drawn', async ({
  page,
  stack,
  shop,
}, testInfo) => {
  test.skip(testInfo.project.name === 'phone', 'Phones have no arrow keys.')
  test.setTimeout(120_000)
  const last = await addCustomer(stack, 'Zahra')
  await write(stack, shop, last, 'Saya yang pertama', Date.now() - 20 * hourMs)
  for (let index = 0; index < 55; index += 1) {
    const customer = await addCustomer(stack, 'Ramai')
    await write(stack, shop, customer, `Pesan ${String(index)}`, Date.now() - 10 * hourMs + index * 1000)
  }
  await openInbox(page, shop)
  const rows = listOf(page).getByRole('link')
  await expect(rows.first()).toBeVisible()
  expect(await rows.count()).toBeLessThan(45)
  await rows.first().focus()
  await expect
    .poll(async () => {
      await page.keyboard.press('End')
      return rowOf(page, last).count()
    })
    .toBe(1)
  await page.keyboard.press('End')
  await expect(rowOf(page, last)).toBeFocused()
  const items = listOf(page).getByRole('listitem')
  let size = 0
  await expect(async () => {
    size = Number(await items.last().getAttribute('aria-setsize'))
    expect(size).toBeGreaterThan(55)
    expect(await items.last().getAttribute('aria-posinset')).toBe(String(size))
  }).toPass()

  // News above what one reads moves nothing.
  const top = () => rowOf(page, last).evaluate((row) => row.getBoundingClientRect().top)
  const before = await top()
  const newcomer = await addCustomer(stack, 'Baru')
  await write(stack, shop, newcomer, 'Halo')
  await expect(items.last()).toHaveAttribute('aria-setsize', String(size + 1))
  expect(Math.abs((await top()) - before)).toBeLessThan(2)
  await expect(rowOf(page, last)).toBeFocused()
})

test('axe finds nothing wrong with the list, its filters and the details', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Indah')
  await write(stack, shop, customer, 'Halo', Date.now() - 23 * hourMs)
  await openInbox(page, shop, '?sort=oldest')
  await expect(rowOf(page, customer)).toBeVisible()
  await expectNoObstacles(page)
  await page.getByRole('button', { name: /^Filter and sort/ }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectNoObstacles(page)
})
