import type { Locator, Page, WebSocketRoute } from '@playwright/test'
import {
  addCustomer,
  expect,
  simulate,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
} from './shop.ts'

const test = testInOwnShop()

const dayMs = 24 * 60 * 60 * 1000

const rowOf = (page: Page, { name }: Customer): Locator => page.getByRole('link').filter({ hasText: name })
const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })
const liveState = (page: Page): Locator => page.locator('[data-live]').filter({ visible: true })

async function openInbox(page: Page, { slug }: ConnectedShop): Promise<void> {
  await page.goto(`/w/${slug}/inbox`)
  await expect(liveState(page)).toHaveAttribute('data-live', 'live')
}

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await rowOf(page, customer).click()
  await expect(page.getByRole('heading', { name: customer.name })).toBeVisible()
  // The heading stands at once, the address follows with the messages.
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}$/)
}

test('a day after the last message the composer gives way to the reason, and the server refuses too', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Maya')
  await write(stack, shop, customer, 'Nanti saya kabari', Date.now() - dayMs - 60_000)
  await openThread(page, shop, customer)
  const reply = page.getByRole('form', { name: 'Reply' })
  await expect(reply).toContainText('The 24 hours for replies are over')
  await expect(reply).toContainText(`You can write again as soon as ${customer.name} does.`)
  await expect(reply.getByRole('textbox')).toHaveCount(0)

  const refusal = await page.evaluate(async () => {
    const response = await fetch(`${location.pathname}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ clientReference: crypto.randomUUID(), kind: 'text', text: 'Halo?' }),
    })
    return { status: response.status, body: (await response.json()) as unknown }
  })
  expect(refusal).toMatchObject({ status: 422, body: { code: 'window_closed' } })

  await write(stack, shop, customer, 'Jadi, saya pesan dua')
  await expect(reply.getByRole('textbox')).toBeVisible()
  await expect(reply).toContainText(/left to reply/)
})

test('a reply that WhatsApp refuses is shown with what to do, and can be written anew', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Oliver')
  await write(stack, shop, customer, 'Is it in stock?')
  await openThread(page, shop, customer)
  await simulate(stack, '/simulator/faults', {
    on: 'send',
    kind: 'graph_error',
    code: 131026,
    message: 'Message undeliverable',
    phoneNumberId: shop.number.phoneNumberId,
    times: 1,
  })
  const composer = page.getByLabel(`Reply to ${customer.name}`)
  await composer.fill('Yes, two are left.')
  await page.getByRole('button', { name: 'Send' }).click()

  const bubble = messagesOf(page).locator('[data-direction=outbound]')
  await expect(bubble).toContainText('WhatsApp could not deliver to this person.')
  await expect(bubble).toContainText('Check that the number uses WhatsApp, or reach them another way.')
  await expect(bubble.getByRole('img', { name: 'Not sent' })).toBeVisible()
  await bubble.getByRole('button', { name: 'Edit as a new message' }).click()
  await expect(composer).toHaveValue('Yes, two are left.')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(bubble.last().getByRole('img', { name: /^(Sent|Delivered)$/ })).toBeVisible()
})

test('the keyboard leads through the list, into a thread and back', async ({
  page,
  stack,
  shop,
}, testInfo) => {
  test.skip(testInfo.project.name === 'phone', 'Phones have no arrow keys.')
  const [older, newer] = [await addCustomer(stack, 'Bagus'), await addCustomer(stack, 'Ratna')]
  await write(stack, shop, older, 'Halo', Date.now() - 60_000)
  await write(stack, shop, newer, 'Halo')
  await openInbox(page, shop)
  const rows = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link')
  await expect(rows.first()).toContainText(newer.name)
  await expect(rowOf(page, older)).toBeVisible()

  await rows.first().focus()
  await page.keyboard.press('ArrowDown')
  await expect(rows.nth(1)).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(rows.first()).toBeFocused()
  await page.keyboard.press('Enter')
  const composer = page.getByLabel(`Reply to ${newer.name}`)
  await expect(composer).toBeFocused()

  await page.keyboard.type('Baris satu')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('baris dua')
  await page.keyboard.press('Enter')
  await expect(composer).toHaveValue('')
  await expect(messagesOf(page).locator('[data-direction=outbound]')).toContainText('Baris satu\nbaris dua')
  await page.keyboard.press('Escape')
  await expect(rowOf(page, newer)).toBeFocused()
})

test('the chosen appearance is there from the first paint of the next page', async ({ page, shop }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await openInbox(page, shop)
  await page
    .getByRole('button', { name: /^Account/ })
    .filter({ visible: true })
    .click()
  await page.getByRole('menuitemradio', { name: 'Dark' }).click()
  const colourScheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
  expect(await colourScheme()).toBe('dark')
  const answer = await page.reload()
  expect(await answer?.text()).toContain('data-theme="dark"')
  expect(await colourScheme()).toBe('dark')
})

test('what is read on one device is read on the other', async ({ page, browser, stack, shop }) => {
  const customer = await addCustomer(stack, 'Sinta')
  const elsewhere = await browser.newContext({ storageState: shop.signedIn })
  const other = await elsewhere.newPage()
  await openInbox(other, shop)
  await openInbox(page, shop)
  await write(stack, shop, customer, 'Rak bukunya berapa?')
  for (const device of [page, other]) await expect(rowOf(device, customer)).toContainText('1 unread')

  await rowOf(page, customer).click()
  await expect(messagesOf(page)).toContainText('Rak bukunya berapa?')
  await expect(rowOf(other, customer)).not.toContainText('unread')
  await expect(rowOf(other, customer)).toContainText('Rak bukunya berapa?')
  await elsewhere.close()
})

test('without its live connection the page says so, shows news all the same, and recovers', async ({
  page,
  stack,
  shop,
}) => {
  const sockets: WebSocketRoute[] = []
  let isCut = false
  await page.routeWebSocket(/\/realtime\/v1/, (socket) => {
    if (isCut) {
      void socket.close()
      return
    }
    socket.connectToServer()
    sockets.push(socket)
  })
  const customer = await addCustomer(stack, 'Hendra')
  await openInbox(page, shop)
  isCut = true
  for (const socket of sockets) void socket.close()
  await write(stack, shop, customer, 'Lemarinya masih ada?')
  await expect(rowOf(page, customer)).toContainText('Lemarinya masih ada?')
  await expect(liveState(page)).toHaveText('Slow updates')

  isCut = false
  // Whoever comes back to the tab does not wait for the next try.
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expect(liveState(page)).toHaveText('Live')
})
