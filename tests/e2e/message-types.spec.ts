import type { Locator, Page } from '@playwright/test'
import type { E2eStack } from './stack.ts'
import { addCustomer, expect, simulate, testInOwnShop, type ConnectedShop, type Customer } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

const test = testInOwnShop()

interface Sent {
  id: string
}

/** What a customer sends: a text, or one of the simulator's samples. */
function send(stack: E2eStack, shop: ConnectedShop, customer: Customer, body: object): Promise<Sent> {
  const { phoneNumberId } = shop.number
  return simulate<Sent>(stack, `/simulator/customers/${customer.id}/messages`, { phoneNumberId, ...body })
}

/** What a colleague sends from the shop's phone. */
function sendFromPhone(
  stack: E2eStack,
  shop: ConnectedShop,
  customer: Customer,
  body: object,
): Promise<Sent> {
  const { phoneNumberId } = shop.number
  const path = `/simulator/customers/${customer.id}/business-app-messages`
  return simulate<Sent>(stack, path, { phoneNumberId, ...body })
}

const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })
const ofType = (page: Page, type: string): Locator => messagesOf(page).locator(`[data-type=${type}]`)
const rowOf = (page: Page, { name }: Customer): Locator => page.getByRole('link').filter({ hasText: name })

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await rowOf(page, customer).click()
  await expect(page.getByRole('heading', { name: customer.name })).toBeVisible()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}$/)
}

test('shows each kind of message as what it is', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Ratna')
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  const first = await send(stack, shop, customer, { text: 'Lihat https://example.com/meja', referral: true })
  const samples = ['voice', 'document', 'sticker', 'video', 'location', 'contacts', 'button', 'list_reply']
  for (const sample of [...samples, 'flow_reply', 'order', 'system', 'unsupported', 'invented'])
    await send(stack, shop, customer, { sample })
  await send(stack, shop, customer, { sample: 'image', caption: 'Yang ini', forwarded: true })
  await send(stack, shop, customer, { text: '🙏', replyTo: first.id })
  await openThread(page, shop, customer)
  // Of a long thread only the end is drawn until one goes up.
  await expect(async () => {
    await messagesOf(page).evaluate((region) => {
      region.scrollTop = -region.scrollHeight
    })
    await expect(messagesOf(page)).toContainText('Lihat', { timeout: 500 })
    await expect(ofType(page, 'text')).toHaveCount(2, { timeout: 500 })
  }).toPass()

  const text = ofType(page, 'text').first()
  await expect(text).toContainText('Came from an ad')
  await expect(text.getByRole('link', { name: 'https://example.com/meja' })).toHaveAttribute(
    'rel',
    /noreferrer/,
  )
  const image = ofType(page, 'image')
  await expect(image).toContainText('Forwarded')
  await expect(image).toContainText('Yang ini')
  await expect(image.getByRole('img', { name: /^Photo from Ratna/ })).toBeVisible()
  const voice = ofType(page, 'audio')
  await expect(voice).toContainText('Voice note')
  await expect(voice.getByText('Halo, saya mau pesan kursi empat.')).toHaveCount(1)
  await expect(voice.getByRole('button', { name: /^Play voice note/ })).toBeVisible()
  await expect(ofType(page, 'video').locator('video')).toBeVisible()
  await expect(ofType(page, 'document').getByRole('link', { name: /invoice\.pdf/ })).toContainText('PDF')
  await expect(ofType(page, 'sticker').getByRole('img', { name: /^Sticker from/ })).toBeVisible()
  const place = ofType(page, 'location').getByRole('link')
  await expect(place).toContainText('Tugu Yogyakarta')
  await expect(place).toHaveAttribute('href', /^https:\/\/www\.google\.com\/maps/)
  await expect(ofType(page, 'contacts')).toContainText('Wulan Saraswati')
  await expect(ofType(page, 'contacts').getByRole('link', { name: /8821/ })).toHaveAttribute(
    'href',
    /^tel:\+62/,
  )
  await expect(ofType(page, 'button')).toContainText('Pressed a button')
  await expect(ofType(page, 'interactive').first()).toContainText('Sampai dalam 2 hari')
  await expect(ofType(page, 'interactive').last()).toContainText('Yogyakarta')
  const order = ofType(page, 'order')
  await expect(order).toContainText('kursi-kawi')
  await expect(order).toContainText(/IDR\s5,790,000/)
  await expect(messagesOf(page).locator('[data-line=notice]')).toHaveText(
    'The customer changed their phone number',
  )
  await expect(ofType(page, 'unsupported')).toContainText('cannot be shown here')
  await expect(ofType(page, 'hologram')).toContainText('“hologram”')
  expect(complaints).toEqual([])
  await expectNoObstacles(page)
})

test('opens a photo large, and gives the focus back', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Sinta')
  await send(stack, shop, customer, { sample: 'image', caption: 'Rak buku' })
  await openThread(page, shop, customer)
  const open = ofType(page, 'image').getByRole('button', { name: /^Photo from/ })
  await expect(open).toBeVisible()
  await open.press('Enter')
  const dialog = page.getByRole('dialog', { name: /^Photo from Sinta/ })
  await expect(dialog.getByRole('img', { name: 'Rak buku' })).toBeVisible()
  await expect
    .poll(() => dialog.getByRole('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(200)
  await expect(dialog.getByRole('img')).toBeInViewport({ ratio: 1 })
  await expect(dialog.getByRole('link', { name: 'Download' })).toHaveAttribute('href', /download/)
  await expectNoObstacles(page)
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(open).toBeFocused()
})

test('plays a voice note', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Bagus')
  await send(stack, shop, customer, { sample: 'voice' })
  await openThread(page, shop, customer)
  await ofType(page, 'audio')
    .getByRole('button', { name: /^Play voice note/ })
    .click()
  await expect
    .poll(() =>
      ofType(page, 'audio')
        .locator('audio')
        .evaluate((audio: HTMLAudioElement) => audio.currentTime),
    )
    .toBeGreaterThan(0)
})

/** A thread whose last message quotes its first, which lies further back than an opened thread reaches. */
async function sendLateReply(stack: E2eStack, shop: ConnectedShop, customer: Customer): Promise<void> {
  const now = Date.now()
  const first = await send(stack, shop, customer, { text: 'Apakah bisa kirim ke Bali?', at: now - 3_600_000 })
  for (let index = 0; index < 55; index += 1)
    await send(stack, shop, customer, {
      text: `Pesan ${String(index)}`,
      at: now - 3_000_000 + index * 30_000,
    })
  await send(stack, shop, customer, { text: 'Jadi bagaimana?', replyTo: first.id })
}

const quoteOf = (page: Page) =>
  messagesOf(page).getByRole('button', { name: /In reply to .*Apakah bisa kirim ke Bali\?/ })

async function expectLedToOriginal(page: Page): Promise<void> {
  const original = ofType(page, 'text').filter({ hasText: 'Apakah bisa kirim ke Bali?' }).first()
  await expect(original).toBeInViewport()
  await expect(original).toBeFocused()
}

test('leads from a reply to the message it quotes, however far back', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Wayan')
  await sendLateReply(stack, shop, customer)
  await openThread(page, shop, customer)
  await expect(messagesOf(page)).toContainText('Jadi bagaimana?')
  await quoteOf(page).click()
  await expectLedToOriginal(page)
})

test('leads there also while the thread that was here before is asked for anew', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Ketut')
  await sendLateReply(stack, shop, customer)
  await openThread(page, shop, customer)
  await expect(messagesOf(page)).toContainText('Jadi bagaimana?')
  await page.goBack()
  await expect(messagesOf(page)).toHaveCount(0)

  let answer: () => void = () => undefined
  const isHeld = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/__data.json*', async (route) => {
    await isHeld
    await route.continue()
  })
  await rowOf(page, customer).click()
  await quoteOf(page).click()
  answer()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}$/)
  await expectLedToOriginal(page)
})

test('shows a reaction at once in an open thread and in the list, and takes it away again', async ({
  page,
  stack,
  shop,
}, { project }) => {
  const customer = await addCustomer(stack, 'Dewi')
  const message = await send(stack, shop, customer, { text: 'Terima kasih' })
  await openThread(page, shop, customer)
  await expect(messagesOf(page)).toContainText('Terima kasih')
  await send(stack, shop, customer, { sample: 'reaction', target: message.id })
  await expect(messagesOf(page).getByText(`Reactions: ${customer.name}: 👍`)).toBeAttached()
  if (project.name === 'desktop')
    await expect(rowOf(page, customer)).toContainText('Reacted 👍 to: Terima kasih')
  await send(stack, shop, customer, { sample: 'reaction_removed', target: message.id })
  await expect(messagesOf(page).getByText('Reactions:')).toHaveCount(0)
})

test('says that a photo is gone, and offers to try again', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Agus')
  await send(stack, shop, customer, { sample: 'image', media: 'missing' })
  await openThread(page, shop, customer)
  const image = ofType(page, 'image')
  await expect(image).toContainText('Photo no longer available')
  await expectNoObstacles(page)
  await image.getByRole('button', { name: 'Try again' }).click()
  await expect(image).toContainText('Photo no longer available')
  await expect(image.getByRole('alert')).toHaveCount(0)
})

test('marks what a colleague sent from the phone, and that the bot is silent since then', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Hendra')
  await send(stack, shop, customer, { text: 'Halo?' })
  await openThread(page, shop, customer)
  await sendFromPhone(stack, shop, customer, { text: 'Saya balas dari HP ya' })
  await expect(messagesOf(page)).toContainText('Sent from the phone')
  await expect(messagesOf(page).locator('[data-line=bot]')).toHaveText(
    'Bot paused: a colleague answered on the phone',
  )
  await expect(page.getByText('Bot paused', { exact: true })).toBeVisible()
})

test('keeps the place of a photo free, so that nothing moves when it comes', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Maya')
  await send(stack, shop, customer, { sample: 'image' })
  await openThread(page, shop, customer)
  await expect(ofType(page, 'image').getByRole('img')).toBeVisible()
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(/\/media\//, async (route) => {
    await held
    await route.continue()
  })
  await page.reload()
  const box = ofType(page, 'image')
  await expect(box).toBeVisible()
  const before = await box.boundingBox()
  release()
  await expect
    .poll(() => box.getByRole('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0)
  expect(await box.boundingBox()).toEqual(before)
})
