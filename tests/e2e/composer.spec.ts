import type { Locator, Page } from '@playwright/test'
import { addCustomer, expect, testInOwnShop, write, type ConnectedShop, type Customer } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

const test = testInOwnShop()

const dayMs = 24 * 60 * 60 * 1000

/** A PNG of one pixel. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })
const sentBy = (page: Page): Locator => messagesOf(page).locator('[data-direction=outbound]')
const formOf = (page: Page): Locator => page.getByRole('form', { name: 'Reply' })
const fieldOf = (page: Page, { name }: Customer): Locator => page.getByLabel(`Reply to ${name}`)
const sendButton = (page: Page): Locator => formOf(page).getByRole('button', { name: 'Send', exact: true })

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await page.getByRole('link').filter({ hasText: customer.name }).click()
  await expect(page.getByRole('heading', { name: customer.name })).toBeVisible()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
}

async function openTemplates(page: Page): Promise<Locator> {
  await formOf(page).getByRole('button', { name: 'Choose a template' }).click()
  const dialog = page.getByRole('dialog', { name: 'Templates' })
  // The list is mirrored by a worker: somebody who misses a template asks for it.
  await expect(async () => {
    const refresh = dialog.getByRole('button', { name: 'Refresh' })
    if ((await dialog.getByRole('listitem').count()) === 0) await refresh.click()
    await expect(dialog.getByRole('listitem').first()).toBeVisible({ timeout: 5_000 })
  }).toPass()
  return dialog
}

test('a photo goes out with its caption, and one that is too large is refused before it is uploaded', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Intan')
  await write(stack, shop, customer, 'Boleh lihat fotonya?')
  await openThread(page, shop, customer)
  const chooser = page.waitForEvent('filechooser')
  await formOf(page).getByRole('button', { name: 'Attach files' }).click()
  const files = await chooser
  await files.setFiles([
    { name: 'meja.png', mimeType: 'image/png', buffer: dot },
    { name: 'besar.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(5 * 1024 * 1024 + 1) },
  ])
  const attachments = page.getByRole('list', { name: 'Attachments' }).getByRole('listitem')
  await expect(attachments).toHaveCount(2)
  await expect(attachments.nth(1)).toContainText('WhatsApp takes photos of up to 5 MB')
  await expect(attachments.first()).toHaveAttribute('data-attachment', 'ready')
  await expect(sendButton(page)).toBeDisabled()
  await expectNoObstacles(page)
  await attachments
    .nth(1)
    .getByRole('button', { name: /^Remove/ })
    .click()

  await fieldOf(page, customer).fill('Ini mejanya')
  await sendButton(page).click()
  const bubble = sentBy(page).filter({ hasText: 'Ini mejanya' })
  await expect(bubble).toHaveAttribute('data-type', 'image')
  await expect(bubble.getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
  await expect(attachments).toHaveCount(0)
})

test('a file that is pasted stays attached while another conversation is open', async ({
  page,
  stack,
  shop,
}) => {
  const [customer, other] = [await addCustomer(stack, 'Laras'), await addCustomer(stack, 'Putra')]
  await write(stack, shop, customer, 'Halo')
  await write(stack, shop, other, 'Halo juga')
  await openThread(page, shop, customer)
  await fieldOf(page, customer).focus()
  await page.evaluate((base64) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
    const data = new DataTransfer()
    data.items.add(new File([bytes], 'tempel.png', { type: 'image/png' }))
    document.activeElement?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    )
  }, dot.toString('base64'))
  const attachment = page.getByRole('list', { name: 'Attachments' }).getByRole('listitem')
  await expect(attachment).toContainText('tempel.png')
  await expect(attachment).toHaveAttribute('data-attachment', 'ready')

  await page.goBack()
  await page.getByRole('link').filter({ hasText: other.name }).click()
  await expect(fieldOf(page, other)).toBeVisible()
  // The thread is there before the address is.
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}$/)
  await expect(attachment).toHaveCount(0)
  await page.goBack()
  await page.getByRole('link').filter({ hasText: customer.name }).click()
  await expect(attachment).toContainText('tempel.png')
})

test('when the 24 hours are over a template leaves instead, and the draft is kept', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Ratih')
  await write(stack, shop, customer, 'Nanti saya kabari', Date.now() - dayMs - 60_000)
  await openThread(page, shop, customer)
  const dialog = await openTemplates(page)
  await expectNoObstacles(page)
  await dialog.getByRole('listitem').getByRole('button', { disabled: false }).first().click()
  const fields = dialog.getByRole('textbox')
  for (const field of await fields.all()) await field.fill('Ratih')
  await expect(dialog.locator('[data-preview]')).not.toContainText('{{')
  await expectNoObstacles(page)
  await dialog.getByRole('button', { name: 'Send template' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(sentBy(page)).toHaveAttribute('data-type', 'template')
  await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
})

test('a template that begins with a photo asks for it, shows it, and brings it to the customer', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Kartika')
  await write(stack, shop, customer, 'Boleh lihat barangnya?', Date.now() - dayMs - 60_000)
  await openThread(page, shop, customer)
  const dialog = await openTemplates(page)
  await dialog.getByRole('listitem').filter({ hasText: 'new_collection' }).getByRole('button').click()
  await dialog.getByRole('textbox').fill('Kartika')
  const head = dialog.getByRole('group', { name: 'Photo at the top' })
  const send = dialog.getByRole('button', { name: 'Send template' })
  await expect(send).toBeDisabled()
  await expectNoObstacles(page)

  async function choose(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    const chooser = page.waitForEvent('filechooser')
    await head.getByRole('button', { name: /^Choose/ }).click()
    await (await chooser).setFiles([{ name, mimeType, buffer }])
  }
  await choose('harga.pdf', 'application/pdf', Buffer.from('%PDF-1.7'))
  await expect(head.getByRole('alert')).toHaveText('This template begins with a photo (JPEG or PNG).')
  await expect(send).toBeDisabled()
  await expectNoObstacles(page)
  await choose('meja.png', 'image/png', dot)
  await expect(head.getByRole('listitem')).toHaveAttribute('data-attachment', 'ready')
  await expect(dialog.locator('[data-preview] img')).toBeVisible()
  await expectNoObstacles(page)

  await send.click()
  await expect(dialog).toHaveCount(0)
  const bubble = sentBy(page).filter({ hasText: 'Halo Kartika, ini foto barang' })
  await expect(bubble).toHaveAttribute('data-type', 'template')
  await expect(bubble.getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
  await expect(bubble.getByRole('img', { name: /^Photo/ })).toBeVisible()
  await expectNoObstacles(page)
})

test('a reply can be taken back while it waits, and its words are in the field again', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Nadia')
  await write(stack, shop, customer, 'Ada diskon?')
  await openThread(page, shop, customer)
  await fieldOf(page, customer).fill('Ada, 50 persen')
  await sendButton(page).click()
  await expect(sentBy(page)).toContainText('Sending in')
  await messagesOf(page).getByRole('button', { name: 'Undo' }).click()
  await expect(fieldOf(page, customer)).toHaveValue('Ada, 50 persen')
  await expect(sentBy(page)).toHaveCount(0)

  await fieldOf(page, customer).fill('Ada, 5 persen')
  await sendButton(page).click()
  await messagesOf(page).getByRole('button', { name: 'Send now' }).click()
  await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
  await expect(sentBy(page)).toHaveCount(1)
})

test('a reply for later stands in the thread until it leaves, and can be changed and cancelled', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Wayan')
  await write(stack, shop, customer, 'Tolong ingatkan saya')
  await openThread(page, shop, customer)
  await fieldOf(page, customer).fill('Jangan lupa ya')
  await formOf(page).getByRole('button', { name: 'Choose a time' }).click()
  const dialog = page.getByRole('dialog', { name: 'When should it leave?' })
  await expectNoObstacles(page)
  await dialog.getByRole('button', { name: 'In an hour' }).click()
  await formOf(page).getByRole('button', { name: 'Schedule' }).click()
  await expect(sentBy(page)).toContainText('Leaves')
  await expect(fieldOf(page, customer)).toHaveValue('')

  await sentBy(page).getByRole('button', { name: 'Edit' }).click()
  await expect(fieldOf(page, customer)).toHaveValue('Jangan lupa ya')
  await formOf(page).getByRole('button', { name: 'Schedule' }).click()
  await sentBy(page).getByRole('button', { name: 'Cancel it' }).click()
  await expect(sentBy(page)).toHaveCount(0)
})

test('what is sent offline waits visibly, outlives a reload, and leaves once', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Galih')
  await write(stack, shop, customer, 'Masih buka?')
  await openThread(page, shop, customer)
  await page.context().setOffline(true)
  await fieldOf(page, customer).fill('Masih, sampai jam lima')
  await sendButton(page).click()
  await expect(sentBy(page)).toContainText('You are offline')

  page.on('dialog', (dialog) => void dialog.accept())
  // The queue is on disk: a page that comes back with the connection goes on with it.
  await page.context().setOffline(false)
  await page.reload()
  await expect(sentBy(page)).toHaveCount(1)
  await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
})

test('a draft follows its writer to another device', async ({ page, browser, stack, shop }) => {
  const customer = await addCustomer(stack, 'Yuni')
  await write(stack, shop, customer, 'Berapa ongkirnya?')
  await openThread(page, shop, customer)
  const saved = page.waitForResponse(
    (answer) => answer.url().endsWith('/draft') && answer.request().method() === 'PUT',
  )
  await fieldOf(page, customer).fill('Ongkirnya gratis untuk')
  expect((await saved).ok()).toBe(true)

  const elsewhere = await browser.newContext({ storageState: shop.signedIn })
  const other = await elsewhere.newPage()
  await openThread(other, shop, customer)
  await expect(fieldOf(other, customer)).toHaveValue('Ongkirnya gratis untuk')
  await elsewhere.close()
})

test('a saved reply is found after a slash, filled in, and taken by the keyboard alone', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Sekar')
  await write(stack, shop, customer, 'Halo')
  await page.goto(`/w/${shop.slug}/settings/replies`)
  const shortcut = `salam-${String(Date.now())}`
  // The button is there before the page runs.
  await expect(async () => {
    // The form takes the button's place.
    if ((await page.getByLabel('Title').count()) === 0)
      await page.getByRole('button', { name: 'New reply' }).click({ timeout: 1_000 })
    await expect(page.getByLabel('Title')).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await page.getByLabel('Title').fill('Salam')
  await page.getByLabel('Shortcut').fill(shortcut)
  await page.getByLabel(/^Text in/).fill('Halo {{contact.first_name}}, resinya {{nomor resi}}')
  await expectNoObstacles(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText(`/${shortcut}`)).toBeVisible()

  await openThread(page, shop, customer)
  await fieldOf(page, customer).click()
  await page.keyboard.type(`/${shortcut}`)
  await expect(page.getByRole('option', { name: /Salam/ })).toBeVisible()
  await expectNoObstacles(page)
  await page.keyboard.press('Enter')
  await expect(fieldOf(page, customer)).toHaveValue('Halo Sekar, resinya {{nomor resi}}')
  await expect(sendButton(page)).toBeDisabled()
  // The open place is selected: what is typed takes its place.
  await page.keyboard.type('JP123')
  await expect(fieldOf(page, customer)).toHaveValue('Halo Sekar, resinya JP123')
  await expect(sendButton(page)).toBeEnabled()
})

test('an emoji is found by its name and stands where one was writing', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Bima')
  await write(stack, shop, customer, 'Terima kasih')
  await openThread(page, shop, customer)
  await fieldOf(page, customer).fill('Sama-sama ')
  await formOf(page).getByRole('button', { name: 'Emoji' }).click()
  await page.getByLabel('Search emoji').fill('melipat tangan')
  await expectNoObstacles(page)
  await page.keyboard.press('Enter')
  await expect(fieldOf(page, customer)).toHaveValue('Sama-sama 🙏')
  await expect(sentBy(page)).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(fieldOf(page, customer)).toBeFocused()
})
