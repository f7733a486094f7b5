import type { JSHandle, Locator, Page } from '@playwright/test'
import { parseBuffer } from 'music-metadata'
import type { CustomerSignal, Message } from '../../src/simulator/world.ts'
import { runQuery } from './query.ts'
import {
  addCustomer,
  environmentOf,
  expect,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
} from './shop.ts'
import type { E2eStack } from './stack.ts'

// The tests of typing and reading change the workspace's settings.
const test = testInOwnShop()

test.use({
  launchOptions: [
    async ({ launchOptions }, use) => {
      const microphone = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
      await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...microphone] })
    },
    { scope: 'worker' },
  ],
  permissions: ['microphone', 'clipboard-read', 'clipboard-write'],
})

/** A PNG of one pixel. */
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const formOf = (page: Page): Locator => page.getByRole('form', { name: 'Reply' })
const fieldOf = (page: Page, { name }: Customer): Locator => page.getByLabel(`Reply to ${name}`)
const sendButton = (page: Page): Locator => formOf(page).getByRole('button', { name: 'Send', exact: true })
const attachmentsOf = (page: Page): Locator =>
  page.getByRole('list', { name: 'Attachments' }).getByRole('listitem')
const sentBy = (page: Page): Locator =>
  page.getByRole('region', { name: 'Messages' }).locator('[data-direction=outbound]')

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  const isRead = page.waitForResponse((answer) => answer.url().endsWith('/read'))
  await page.goto(`/w/${shop.slug}/inbox`)
  await page.getByRole('link').filter({ hasText: customer.name }).click()
  await expect(page.getByRole('heading', { name: customer.name })).toBeVisible()
  expect((await isRead).ok()).toBe(true)
  // The thread is there before the address is.
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}$/)
}

async function expectDelivered(page: Page): Promise<void> {
  await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
}

async function askSimulator(stack: E2eStack, path: string): Promise<Response> {
  const response = await fetch(new URL(path, stack.simulatorUrl), {
    headers: { 'x-api-key': environmentOf(stack)['KAPSO_API_KEY'] ?? '' },
  })
  if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${await response.text()}`)
  return response
}

/** What a customer has on their phone from the shop. */
async function readMessagesAt(stack: E2eStack, customer: Customer): Promise<Message[]> {
  const answer = await askSimulator(stack, '/simulator/state')
  const { data } = (await answer.json()) as { data: { messages: Message[] } }
  return data.messages.filter(({ customerId, author }) => customerId === customer.id && author === 'api')
}

/** What a customer was shown without a message, once all that is on its way to them is there. */
async function readSignals(
  stack: E2eStack,
  shop: ConnectedShop,
  customer: Customer,
): Promise<CustomerSignal[]> {
  await expect(async () => {
    const waiting = await runQuery(
      stack,
      `select from pgboss.job j join workspaces w on j.data ->> 'workspaceId' = w.id::text
       where j.name = 'signal-customer' and w.slug = $1 and j.state < 'completed'`,
      [shop.slug],
    )
    expect(waiting).toHaveLength(0)
  }).toPass()
  const answer = await askSimulator(stack, `/simulator/customers/${customer.id}/signals`)
  return ((await answer.json()) as { data: CustomerSignal[] }).data
}

type Receipts = 'Never' | 'With a reply' | 'As soon as somebody opens it'

/** As an owner does it, on the page of settings. */
async function decide(page: Page, shop: ConnectedShop, receipts: Receipts, showsTyping: boolean) {
  const chosen = page.getByLabel('Mark as read at the customer').locator('option:checked')
  const typing = page.getByLabel('Show that somebody is typing')
  // The form is there before the page runs, which then shows what was saved before.
  await expect(async () => {
    await page.goto(`/w/${shop.slug}/settings/hours`)
    await page.getByLabel('Mark as read at the customer').selectOption(receipts)
    await typing.setChecked(showsTyping)
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Saved', { exact: true })).toBeVisible()
    await page.reload()
    await expect(chosen).toHaveText(receipts, { timeout: 1_000 })
    await expect(typing).toBeChecked({ checked: showsTyping, timeout: 1_000 })
  }).toPass()
}

test('a voice note that is recorded here reaches the customer as OGG with Opus', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Dewi')
  await write(stack, shop, customer, 'Boleh kirim suara saja?')
  await openThread(page, shop, customer)
  await formOf(page).getByRole('button', { name: 'Record a voice note' }).click()
  const recorder = page.getByRole('group', { name: 'Voice note' })
  await expect(recorder.getByRole('timer')).toHaveText('0:02')
  await recorder.getByRole('button', { name: 'Pause' }).click()
  await recorder.getByRole('button', { name: 'Go on recording' }).click()
  await recorder.getByRole('button', { name: 'Finish' }).click()
  await expect(recorder.getByLabel('Listen to the recording')).toBeVisible()
  await recorder.getByRole('button', { name: 'Use' }).click()
  await expect(attachmentsOf(page)).toHaveAttribute('data-attachment', 'ready')

  await sendButton(page).click()
  await expect(sentBy(page)).toHaveAttribute('data-type', 'audio')
  await expectDelivered(page)
  const [voice, ...others] = await readMessagesAt(stack, customer)
  expect(others).toEqual([])
  expect(voice).toMatchObject({ type: 'audio', content: { voice: true, mime_type: 'audio/ogg' } })
  const { id } = voice?.content as { id: string }
  const file = await askSimulator(stack, `/simulator/media/${id}`)
  const { format } = await parseBuffer(new Uint8Array(await file.arrayBuffer()), undefined, {
    duration: true,
  })
  expect(format).toMatchObject({ container: 'Ogg', codec: 'Opus' })
  expect(format.duration).toBeGreaterThan(1.5)
})

test('a recording that is discarded leaves nothing behind', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Candra')
  await write(stack, shop, customer, 'Halo?')
  await openThread(page, shop, customer)
  await formOf(page).getByRole('button', { name: 'Record a voice note' }).click()
  const recorder = page.getByRole('group', { name: 'Voice note' })
  await expect(recorder.getByRole('timer')).toHaveText('0:01')
  await recorder.getByRole('button', { name: 'Discard the recording' }).click()
  await expect(recorder).toHaveCount(0)
  await expect(attachmentsOf(page)).toHaveCount(0)
  await expect(fieldOf(page, customer)).toBeFocused()
})

/** What a file manager hands over: a picture, one that is too large, and a program. */
function takeFiles(page: Page): Promise<JSHandle<DataTransfer>> {
  return page.evaluateHandle((base64) => {
    const data = new DataTransfer()
    const picture = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
    data.items.add(new File([picture], 'meja.png', { type: 'image/png' }))
    const large = new Uint8Array(5 * 1024 * 1024 + 1)
    data.items.add(new File([large], 'besar.jpg', { type: 'image/jpeg' }))
    data.items.add(new File([picture], 'setup.exe', { type: 'application/x-msdownload' }))
    return data
  }, dot)
}

test('files that are dropped on the thread are attached, and refused before they are uploaded', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Arif')
  await write(stack, shop, customer, 'Ada fotonya?')
  await openThread(page, shop, customer)
  const uploads: string[] = []
  page.on('request', (request) => {
    if (request.method() !== 'GET' && /uploads|storage/.test(request.url())) uploads.push(request.method())
  })
  const dataTransfer = await takeFiles(page)
  const messages = page.getByRole('region', { name: 'Messages' })
  await messages.dispatchEvent('dragenter', { dataTransfer })
  await expect(page.getByText('Drop to attach')).toBeVisible()
  await expect(page.getByText('Photos up to 5 MB, audio and video 16 MB, documents 100 MB')).toBeVisible()
  await messages.dispatchEvent('dragover', { dataTransfer })
  await messages.dispatchEvent('drop', { dataTransfer })
  await expect(page.getByText('Drop to attach')).toHaveCount(0)

  await expect(attachmentsOf(page)).toHaveCount(3)
  const named = (name: string) => attachmentsOf(page).filter({ hasText: name })
  await expect(named('besar.jpg')).toContainText('WhatsApp takes photos of up to 5 MB')
  await expect(named('setup.exe')).toContainText('WhatsApp does not take files of this type')
  await expect(named('meja.png')).toHaveAttribute('data-attachment', 'ready')
  // One place asked for and one file put there: of the others nothing has left the browser.
  expect(uploads).toEqual(['POST', 'PUT'])
  for (const name of ['besar.jpg', 'setup.exe'])
    await named(name)
      .getByRole('button', { name: /^Remove/ })
      .click()
  await sendButton(page).click()
  await expectDelivered(page)
  expect(await readMessagesAt(stack, customer)).toMatchObject([{ type: 'image' }])
})

test('what is dragged away again, or is no file, is not attached', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Gita')
  await write(stack, shop, customer, 'Halo')
  await openThread(page, shop, customer)
  const messages = page.getByRole('region', { name: 'Messages' })
  const files = await takeFiles(page)
  await messages.dispatchEvent('dragenter', { dataTransfer: files })
  await expect(page.getByText('Drop to attach')).toBeVisible()
  await messages.dispatchEvent('dragleave', { dataTransfer: files })
  await expect(page.getByText('Drop to attach')).toHaveCount(0)
  const words = await page.evaluateHandle(() => {
    const data = new DataTransfer()
    data.setData('text/plain', 'Halo')
    return data
  })
  expect(await isTaken(messages, files)).toBe(true)
  expect(await isTaken(messages, words)).toBe(false)
  await expect(attachmentsOf(page)).toHaveCount(0)
})

/** Whether the page would take what hovers over an element, in place of the browser. */
function isTaken(element: Locator, data: JSHandle<DataTransfer>): Promise<boolean> {
  return element.evaluate((node, dataTransfer) => {
    const hover = new DragEvent('dragover', { dataTransfer, bubbles: true, cancelable: true })
    return !node.dispatchEvent(hover)
  }, data)
}

test('a picture in the clipboard is pasted with the keys and sent', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Hana')
  await write(stack, shop, customer, 'Bisa kirim gambar?')
  await openThread(page, shop, customer)
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
    const picture = new Blob([bytes], { type: 'image/png' })
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })])
  }, dot)
  await fieldOf(page, customer).focus()
  await page.keyboard.press('ControlOrMeta+V')
  await expect(attachmentsOf(page)).toHaveAttribute('data-attachment', 'ready')
  await expect(fieldOf(page, customer)).toHaveValue('')
  await fieldOf(page, customer).fill('Ini')
  await sendButton(page).click()
  await expect(sentBy(page)).toHaveAttribute('data-type', 'image')
  await expectDelivered(page)
  const sent = await readMessagesAt(stack, customer)
  expect(sent).toMatchObject([{ type: 'image', content: { caption: 'Ini' } }])
})

test('the customer sees that somebody types, where the workspace shows it', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Joko')
  await decide(page, shop, 'With a reply', true)
  await write(stack, shop, customer, 'Masih ada?')
  await openThread(page, shop, customer)
  expect(await readSignals(stack, shop, customer)).toEqual([])
  const told = page.waitForResponse((answer) => answer.url().endsWith('/typing'))
  await fieldOf(page, customer).pressSequentially('Masih')
  expect((await told).ok()).toBe(true)
  expect(await readSignals(stack, shop, customer)).toMatchObject([{ isTyping: true }])
  const view = `/simulator/view?customer=${customer.id}&number=${shop.number.phoneNumberId}`
  expect(await (await askSimulator(stack, view)).json()).toMatchObject({ isCompanyTyping: true })
})

test('the customer sees nobody type, where the workspace does not show it', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Kartika')
  await decide(page, shop, 'With a reply', false)
  await write(stack, shop, customer, 'Masih ada?')
  await openThread(page, shop, customer)
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/typing')) asked.push(request.url())
  })
  await fieldOf(page, customer).pressSequentially('Masih')
  // A page that was loaded before the owner decided otherwise still asks.
  const origin = new URL(page.url()).origin
  const answer = await page.request.post(`${page.url()}/typing`, { data: {}, headers: { origin } })
  expect(answer.ok()).toBe(true)
  await sendButton(page).click()
  await expectDelivered(page)
  expect(asked).toEqual([])
  expect(await readSignals(stack, shop, customer)).toMatchObject([{ isTyping: false }])
})

for (const [receipts, atOpening, afterReply] of [
  ['As soon as somebody opens it', 1, 1],
  ['With a reply', 0, 1],
  ['Never', 0, 0],
] as const) {
  test(`the customer is shown that they were read: ${receipts}`, async ({ page, stack, shop }) => {
    const customer = await addCustomer(stack, 'Lestari')
    // Typing is told by the same call: shown, it would stand in place of the reply's, and never where nobody is to know.
    await decide(page, shop, receipts, receipts === 'Never')
    await write(stack, shop, customer, 'Selamat pagi')
    await openThread(page, shop, customer)
    expect(await readSignals(stack, shop, customer)).toHaveLength(atOpening)
    await fieldOf(page, customer).fill('Pagi')
    await sendButton(page).click()
    await expectDelivered(page)
    expect(await readSignals(stack, shop, customer)).toHaveLength(afterReply)
  })
}
