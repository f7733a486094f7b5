import type { Browser, Locator, Page } from '@playwright/test'
import { addAgent } from './members.ts'
import { runQuery } from './query.ts'
import { atTheSameMoment } from './same-moment.ts'
import {
  addCustomer,
  expect,
  signIn,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
  type Person,
} from './shop.ts'
import type { E2eStack } from './stack.ts'

// What sales staff do all day, with keys alone: nothing here points, clicks or moves the focus by script.

const test = testInOwnShop()

const dayMs = 24 * 60 * 60 * 1000
/** More stops of the Tab key than lie between any two places of a thread. */
const mostStops = 60

/** A PNG of one pixel. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const rowOf = (page: Page, { name }: Customer): Locator =>
  page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').filter({ hasText: name })
const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })
const sentBy = (page: Page): Locator => messagesOf(page).locator('[data-direction=outbound]')
const formOf = (page: Page): Locator => page.getByRole('form', { name: 'Reply' })
const fieldOf = (page: Page, { name }: Customer): Locator => page.getByLabel(`Reply to ${name}`)
const threadOf = (page: Page, { name }: Customer): Locator =>
  page.getByRole('region', { name: `Conversation with ${name}` })

const press = (page: Page, key: string): Promise<void> => page.keyboard.press(key)

/** Presses a key until it has led the focus to a place, and fails where it never does. */
async function walkTo(page: Page, place: Locator, key: 'Tab' | 'Shift+Tab' | 'ArrowDown' = 'Tab') {
  await expect(place).toBeVisible()
  const isThere = () => place.evaluate((element) => element === document.activeElement)
  for (let stops = 0; stops < mostStops && !(await isThere()); stops += 1) await press(page, key)
  await expect(place).toBeFocused()
}

/** Opens a conversation from the list. */
async function openByKeys(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await expect(page.locator('[data-live]').filter({ visible: true }).first()).toHaveAttribute(
    'data-live',
    'live',
  )
  await expect(rowOf(page, customer)).toBeVisible()
  await press(page, 'j')
  await walkTo(page, rowOf(page, customer), 'ArrowDown')
  await press(page, 'Enter')
  await expect(messagesOf(page)).toBeVisible()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
}

/** The focus is on something: keys that follow go somewhere. */
async function expectFocusKept(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName ?? 'BODY')).not.toBe('BODY')
}

async function openColleague(browser: Browser, stack: E2eStack, person: Person): Promise<Page> {
  const context = await browser.newContext({
    baseURL: stack.baseURL,
    storageState: { cookies: [], origins: [] },
  })
  const page = await context.newPage()
  await signIn(page, person)
  return page
}

test('a reply leaves, and one that is written offline waits and leaves, by keyboard alone', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Arif')
  await write(stack, shop, customer, 'Masih buka?')
  await openByKeys(page, shop, customer)
  await expect(fieldOf(page, customer)).toBeFocused()
  await page.keyboard.type('Masih')
  await press(page, 'Enter')
  await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toHaveCount(1)

  await page.context().setOffline(true)
  await page.keyboard.type('Sampai jam lima')
  await press(page, 'Enter')
  await expect(sentBy(page).last()).toContainText('You are offline')
  await expect(fieldOf(page, customer)).toBeFocused()
  await page.context().setOffline(false)
  await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toHaveCount(2)
})

test('files are attached, one is taken off again, and the other leaves with its caption', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Intan')
  await write(stack, shop, customer, 'Boleh lihat fotonya?')
  // Asked for early: the browser must know of it before the key is pressed.
  const chooser = page.waitForEvent('filechooser')
  await openByKeys(page, shop, customer)
  await expect(fieldOf(page, customer)).toBeFocused()
  await walkTo(page, formOf(page).getByRole('button', { name: 'Attach files' }))
  await press(page, 'Enter')
  const files = await chooser
  await files.setFiles([
    { name: 'meja.png', mimeType: 'image/png', buffer: dot },
    { name: 'besar.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(5 * 1024 * 1024 + 1) },
  ])
  const attachments = page.getByRole('list', { name: 'Attachments' }).getByRole('listitem')
  await expect(attachments).toHaveCount(2)
  await expect(attachments.first()).toHaveAttribute('data-attachment', 'ready')
  await expect(fieldOf(page, customer)).toBeFocused()
  await walkTo(page, page.getByRole('button', { name: 'Remove besar.jpg' }), 'Shift+Tab')
  await press(page, 'Enter')
  await expect(attachments).toHaveCount(1)
  await expect(fieldOf(page, customer)).toBeFocused()
  await page.keyboard.type('Ini mejanya')
  await press(page, 'Enter')
  const bubble = sentBy(page).filter({ hasText: 'Ini mejanya' })
  await expect(bubble).toHaveAttribute('data-type', 'image')
  await expect(bubble.getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
})

test('a note that calls a colleague is written, changed and deleted by keyboard alone', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Laras')
  await write(stack, shop, customer, 'Boleh kurang?')
  const colleague = await addAgent(stack, shop, 'Ana Putri')
  await openByKeys(page, shop, customer)
  await expect(fieldOf(page, customer)).toBeFocused()
  await press(page, 'Escape')
  await expect(rowOf(page, customer)).toBeFocused()
  await press(page, 'n')
  const field = page.getByLabel(`Note about ${customer.name}`)
  await expect(field).toBeFocused()
  await page.keyboard.type('Tanya @an')
  await expect(page.getByRole('option', { name: 'Ana Putri' })).toHaveAttribute('aria-selected', 'true')
  await press(page, 'Enter')
  await expect(field).toHaveValue('Tanya @Ana Putri ')
  await page.keyboard.type('dulu')
  await press(page, 'Enter')
  const note = messagesOf(page).getByRole('article', { name: 'Your note' })
  await expect(note).toContainText('Tanya @Ana Putri dulu')
  const mentions = () =>
    runQuery<{ kind: string }>(stack, `select kind::text from public.notifications where user_id = $1`, [
      colleague.userId,
    ])
  await expect.poll(mentions).toEqual([{ kind: 'mention' }])

  await walkTo(page, note.getByRole('button', { name: 'Edit note' }), 'Shift+Tab')
  await press(page, 'Enter')
  await expect(page.getByRole('textbox', { name: 'Edit note' })).toBeFocused()
  await press(page, 'End')
  await page.keyboard.type(' ya')
  await press(page, 'Enter')
  await expect(note).toContainText('Tanya @Ana Putri dulu ya')
  await expect(note).toBeFocused()
  await walkTo(page, note.getByRole('button', { name: 'Delete note' }))
  await press(page, 'Enter')
  await expect(messagesOf(page)).toContainText('You deleted a note')
  await expectFocusKept(page)
})

test('conversations are closed one after the other with one key', async ({ page, stack, shop }) => {
  const customers: Customer[] = []
  for (const name of ['Citra', 'Bayu', 'Agung']) {
    const customer = await addCustomer(stack, name)
    // WhatsApp counts in seconds; of one second any may come first.
    await write(
      stack,
      shop,
      customer,
      'Terima kasih, sudah sampai',
      Date.now() + (customers.length - 9) * 60_000,
    )
    customers.unshift(customer)
  }
  await openByKeys(page, shop, customers[0] as Customer)
  await press(page, 'Escape')
  for (const customer of customers) {
    await expect(threadOf(page, customer)).toBeVisible()
    await expectFocusKept(page)
    await press(page, 'Shift+E')
    await expect(rowOf(page, customer)).toHaveCount(0)
  }
  // A row leaves the list before the server has answered.
  const countClosed = async () => {
    const closed = await runQuery(
      stack,
      `select c.id from public.conversations c
       join public.contact_identities i on i.id = c.identity_id
       where i.profile_name = any ($1) and c.state = 'closed'`,
      [customers.map(({ name }) => name)],
    )
    return closed.length
  }
  await expect.poll(countClosed).toBe(3)
})

test('a conversation is put to sleep and woken by keyboard alone', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Nadia')
  await write(stack, shop, customer, 'Besok saya kabari')
  await openByKeys(page, shop, customer)
  await expect(fieldOf(page, customer)).toBeFocused()
  await press(page, 'Escape')
  await press(page, 'z')
  const surface = page.getByRole('dialog', { name: 'Snooze this conversation' })
  await walkTo(page, surface.getByRole('button', { name: /^Tomorrow morning/ }))
  await press(page, 'Enter')
  const thread = threadOf(page, customer)
  await expect(thread.locator('[data-state=snoozed]')).toBeVisible()
  await expect(messagesOf(page).locator('[data-event=snoozed]')).toContainText('Wulan snoozed this until')
  await expect(thread.getByRole('button', { name: 'Snooze', exact: true })).toBeFocused()

  await walkTo(page, thread.getByRole('button', { name: 'More actions' }))
  await press(page, 'Enter')
  const menu = page.getByRole('dialog', { name: `Actions for ${customer.name}` })
  await walkTo(page, menu.getByRole('button', { name: 'Set to open' }))
  await press(page, 'Enter')
  await expect(thread.locator('[data-state=snoozed]')).toHaveCount(0)
  await expect(thread.getByRole('button', { name: 'More actions' })).toBeFocused()
})

test('when the 24 hours are over a template is found, filled in and sent by keyboard alone', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Ratih')
  await write(stack, shop, customer, 'Nanti saya kabari', Date.now() - dayMs - 60_000)
  await openByKeys(page, shop, customer)
  const choose = formOf(page).getByRole('button', { name: 'Choose a template' })
  await expect(choose).toBeVisible()
  await press(page, 'r')
  await expect(choose).toBeFocused()
  await press(page, 'Enter')
  const dialog = page.getByRole('dialog', { name: 'Templates' })
  const refresh = dialog.getByRole('button', { name: 'Refresh' })
  await expect(refresh).toBeVisible()
  // The list is mirrored by a worker: somebody who misses a template asks for it.
  await expect(async () => {
    if ((await dialog.getByRole('listitem').count()) === 0) {
      await walkTo(page, refresh)
      await press(page, 'Enter')
    }
    await expect(dialog.getByRole('listitem').first()).toBeVisible({ timeout: 5_000 })
  }).toPass()
  await walkTo(page, dialog.getByRole('listitem').getByRole('button', { disabled: false }).first())
  await press(page, 'Enter')
  const preview = dialog.locator('[data-preview]')
  await expect(preview).toBeVisible()
  for (const field of await dialog.getByRole('textbox').all()) {
    await walkTo(page, field)
    await press(page, 'Control+a')
    await page.keyboard.type('Ratih')
  }
  await expect(preview).not.toContainText('{{')
  await walkTo(page, dialog.getByRole('button', { name: 'Send template' }))
  await press(page, 'Enter')
  await expect(dialog).toHaveCount(0)
  await expect(sentBy(page)).toHaveAttribute('data-type', 'template')
  await expect(sentBy(page).getByRole('img', { name: /^(Sent|Delivered|Read)/ })).toBeVisible()
  await expectFocusKept(page)
})

test('of two who claim by keyboard one wins, and neither loses their place', async ({
  page,
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Galih')
  await write(stack, shop, customer, 'Masih ada?')
  const other = await openColleague(browser, stack, await addAgent(stack, shop, 'Bayu'))
  const pages = [page, other]
  const claimOf = (each: Page) => each.getByRole('button', { name: 'Claim', exact: true })
  for (const each of pages) {
    await openByKeys(each, shop, customer)
    await expect(fieldOf(each, customer)).toBeFocused()
    await walkTo(each, claimOf(each), 'Shift+Tab')
  }
  await atTheSameMoment(pages, /\/claim$/, (each) => press(each, 'Enter'))
  for (const each of pages) {
    await expect(messagesOf(each).locator('[data-event=assigned]')).toHaveCount(1)
    await expect(claimOf(each)).toHaveCount(0)
    await expect(threadOf(each, customer).locator('[data-picker=assign]')).toBeFocused()
  }
  await other.context().close()
})

test('search leads to a message, and a key to an answer that quotes it', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Rina')
  const minutesAgo = (count: number) => Date.now() - count * 60_000
  await write(stack, shop, customer, 'Apakah lemari jati bisa dicicil?', minutesAgo(9))
  for (let count = 0; count < 3; count++)
    await write(stack, shop, customer, `Halo ${String(count)}`, minutesAgo(5 - count))
  await page.goto(`/w/${shop.slug}/inbox`)
  await expect(rowOf(page, customer)).toContainText('Halo 2')
  await expect(page.locator('[data-live]').filter({ visible: true })).toHaveAttribute('data-live', 'live')
  await press(page, '/')
  await expect(page.getByRole('combobox', { name: 'Search people' })).toBeFocused()
  await page.keyboard.type('lemari jati')
  const found = page.getByRole('option').filter({ hasText: 'lemari jati bisa' })
  await expect(found).toBeVisible()
  const isChosen = async () => (await found.getAttribute('aria-selected')) === 'true'
  for (let steps = 0; steps < mostStops && !(await isChosen()); steps += 1) await press(page, 'ArrowDown')
  await press(page, 'Enter')
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}\?message=[0-9a-f-]{36}$/)
  const message = messagesOf(page).locator('[data-message]').filter({ hasText: 'lemari jati' })
  await expect(message).toBeFocused()
  await press(page, 'r')
  await expect(fieldOf(page, customer)).toBeFocused()
  await page.keyboard.type('Bisa, tiga kali')
  await press(page, 'Enter')
  await expect(sentBy(page)).toContainText('Apakah lemari jati bisa dicicil?')
  await expect(sentBy(page)).toContainText('Bisa, tiga kali')
})

test('the menu of a message gives the focus back to where it was opened', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Sekar')
  for (const text of ['Satu', 'Dua']) await write(stack, shop, customer, text)
  await openByKeys(page, shop, customer)
  await expect(fieldOf(page, customer)).toBeFocused()
  const bubble = messagesOf(page).locator('[data-message]').filter({ hasText: 'Dua' })
  const menu = page.getByRole('dialog', { name: /^Actions for the message/ })
  await walkTo(page, bubble, 'Shift+Tab')
  for (const key of ['Enter', 'Shift+F10']) {
    await press(page, key)
    await expect(menu).toBeVisible()
    await press(page, 'Escape')
    await expect(menu).toHaveCount(0)
    await expect(bubble, key).toBeFocused()
  }
  // All emoji are one step further, and lead back to the same place.
  await press(page, 'Enter')
  await walkTo(page, menu.getByRole('button', { name: 'More emoji' }))
  await press(page, 'Enter')
  await expect(page.getByLabel('Search emoji')).toBeFocused()
  await press(page, 'Escape')
  await expect(bubble).toBeFocused()
  await press(page, 'ArrowUp')
  await expect(messagesOf(page).locator('[data-message]').filter({ hasText: 'Satu' })).toBeFocused()
})
