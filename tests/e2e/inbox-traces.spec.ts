import type { Page } from '@playwright/test'
import { runQuery } from './query.ts'
import { addCustomer, expect, settingsTest, testInOwnShop, write } from './shop.ts'
import type { ConnectedShop, Customer } from './shop.ts'

const test = testInOwnShop()

/** A PNG of one pixel. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const rowOf = (page: Page, { name }: Customer) =>
  page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').filter({ hasText: name })
const fieldOf = (page: Page, { name }: Customer) => page.getByLabel(`Reply to ${name}`)

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await rowOf(page, customer).click()
  await expect(fieldOf(page, customer)).toBeVisible()
}

test('the list marks what is being written, until it is sent, and whom the bot has left to the team', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Anggun')
  await write(stack, shop, customer, 'Kapan dikirim?')
  await openThread(page, shop, customer)
  const kept = page.waitForResponse(
    (response) => response.url().endsWith('/draft') && response.status() === 204,
  )
  await fieldOf(page, customer).fill('Besok pagi ya')
  await kept
  await page.goto(`/w/${shop.slug}/inbox`)
  const row = rowOf(page, customer)
  await expect(row.locator('[data-draft]')).toHaveText('Draft:')
  await expect(row).toContainText('Besok pagi ya')
  await expect(row).not.toContainText('Kapan dikirim?')

  await runQuery(
    stack,
    `update public.conversations set bot_state = 'handed_over', bot_state_at = now()
     where id = (select conversation_id from public.messages where text = 'Kapan dikirim?' order by occurred_at desc limit 1)`,
    [],
  )
  await page.reload()
  await expect(row).toContainText('The bot handed over to the team')

  await row.click()
  await expect(fieldOf(page, customer)).toHaveValue('Besok pagi ya')
  await page.getByRole('form', { name: 'Reply' }).getByRole('button', { name: 'Send', exact: true }).click()
  await page.goto(`/w/${shop.slug}/inbox`)
  await expect(row).toContainText('Besok pagi ya')
  await expect(row.locator('[data-draft]')).toHaveCount(0)
})

test('a file that was attached is there again after a reload, and gone once it is sent', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Lestari')
  await write(stack, shop, customer, 'Boleh lihat?')
  await openThread(page, shop, customer)
  const form = page.getByRole('form', { name: 'Reply' })
  const chooser = page.waitForEvent('filechooser')
  await form.getByRole('button', { name: 'Attach files' }).click()
  await (await chooser).setFiles([{ name: 'meja.png', mimeType: 'image/png', buffer: dot }])
  const attachments = page.getByRole('list', { name: 'Attachments' }).getByRole('listitem')
  await expect(attachments).toHaveAttribute('data-attachment', 'ready')
  const asked = page.waitForResponse((response) => response.url().includes('/uploads?id=') && response.ok())
  await page.reload()
  await asked
  await expect(attachments).toContainText('meja.png')
  await form.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page.getByRole('region', { name: 'Messages' }).locator('[data-type=image]')).toHaveCount(1)
  await expect(attachments).toHaveCount(0)
  await page.reload()
  await expect(fieldOf(page, customer)).toBeVisible()
  await expect(attachments).toHaveCount(0)
})

test('labels are put on and taken off beside the contact’s details', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  const customer = await addCustomer(stack, 'Wangi')
  const label = `Grosir ${customer.name}`
  await runQuery(
    stack,
    `insert into public.labels (workspace_id, name, colour) select id, $2, 'violet' from public.workspaces where slug = $1`,
    [shop.slug, label.slice(0, 30)],
  )
  await write(stack, shop, customer, 'Halo')
  await openThread(page, shop, customer)
  if (isMobile) {
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Contact details' }).click()
  }
  const pane = page.getByRole('complementary', { name: 'Contact details' })
  await expect(pane.getByText('No labels')).toBeVisible()
  await pane.getByRole('button', { name: 'Change labels' }).click()
  const kept = page.waitForResponse((response) => response.url().endsWith('/labels') && response.ok())
  await page.getByRole('dialog').getByText(label.slice(0, 30)).click()
  await kept
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(pane.getByText(label.slice(0, 30))).toBeVisible()
  if (!isMobile) await expect(pane.getByRole('button', { name: 'Change labels' })).toBeFocused()
})

test('what the page tells lies beside the composer of a phone, never on it', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  test.skip(!isMobile, 'A desk has room beside it.')
  const customer = await addCustomer(stack, 'Kemuning')
  await write(stack, shop, customer, 'Halo')
  await openThread(page, shop, customer)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Assign', exact: true }).click()
  await page.getByRole('dialog').getByText('Wulan').first().click()
  const toast = page.getByRole('region', { name: 'Notifications' }).locator('p').first()
  await expect(toast).toBeVisible()
  const [told, composer] = [
    await toast.boundingBox(),
    await page.getByRole('form', { name: 'Reply' }).boundingBox(),
  ]
  if (!told || !composer) throw new Error('one of them is not there')
  expect(told.y + told.height).toBeLessThan(composer.y)
  await expect(page.getByRole('button', { name: 'More actions' })).toBeInViewport()
})

settingsTest('a member goes away and comes back on a page without scripts', async ({ browser, shop }) => {
  const context = await browser.newContext({ storageState: shop.signedIn, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`/w/${shop.slug}/settings/you`)
  await expect(page.getByText('You are online')).toBeVisible()
  await page.getByRole('button', { name: 'Set to away' }).click()
  await expect(page.getByText('You are away')).toBeVisible()
  await page.reload()
  await page.getByRole('button', { name: 'Set to online' }).click()
  await expect(page.getByText('You are online')).toBeVisible()
  await context.close()
})

settingsTest(
  'a page in the background tells what came, and leads to it',
  async ({ page, stack, shop, isMobile }) => {
    settingsTest.skip(isMobile, 'The same on either size.')
    await page.context().grantPermissions(['notifications'], { origin: new URL(stack.baseURL).origin })
    // Nobody sees the operating system's notifications here; what the page asks for is all there is.
    await page.addInitScript(() => {
      const shown: Notification[] = []
      class Shown {
        static readonly permission = 'granted'
        static requestPermission = () => Promise.resolve('granted')
        readonly title: string
        readonly body: string | undefined
        onclick: (() => void) | null = null
        constructor(title: string, options?: NotificationOptions) {
          this.title = title
          this.body = options?.body
          shown.push(this as unknown as Notification)
        }
        close() {
          shown.splice(shown.indexOf(this as unknown as Notification), 1)
        }
      }
      Object.assign(window, { Notification: Shown, shown })
    })
    const hide = (isHidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
      }, isHidden)
    const titles = () =>
      page.evaluate(() =>
        (window as unknown as { shown: Notification[] }).shown.map(({ title, body }) => `${title}: ${body}`),
      )

    await page.goto(`/w/${shop.slug}/settings/notifications`)
    await page.getByRole('button', { name: 'Turn on' }).click()
    await expect(page.getByText('as long as my21staff is open')).toBeVisible()
    await page.goto(`/w/${shop.slug}/inbox`)
    await expect(page.locator('[data-live]').filter({ visible: true })).toHaveAttribute('data-live', 'live')

    const [first, second] = [await addCustomer(stack, 'Sekar'), await addCustomer(stack, 'Tirta')]
    await write(stack, shop, first, 'Terlihat')
    await expect(rowOf(page, first)).toBeVisible()
    expect(await titles()).toEqual([])

    await hide(true)
    await write(stack, shop, second, 'Tersembunyi')
    await expect.poll(titles).toEqual([`${second.name}: Tersembunyi`])
    await page.evaluate(() => {
      const [notification] = (window as unknown as { shown: Notification[] }).shown
      notification?.onclick?.(new Event('click'))
    })
    await expect(page.getByRole('heading', { name: second.name })).toBeVisible()
    expect(await titles()).toEqual([])
  },
)
