import { randomBytes } from 'node:crypto'
import type { Browser, Locator, Page } from '@playwright/test'
import { runQuery } from './query.ts'
import {
  addCustomer,
  expect,
  runCli,
  signIn,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
  type Person,
} from './shop.ts'
import type { E2eStack } from './stack.ts'
import { expectNoObstacles } from './obstacles.ts'
import { atTheSameMoment } from './same-moment.ts'

const test = testInOwnShop()

const rowOf = (page: Page, { name }: Customer): Locator => page.getByRole('link').filter({ hasText: name })
const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })
const threadOf = (page: Page, { name }: Customer): Locator =>
  page.getByRole('region', { name: `Conversation with ${name}` })

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<void> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await rowOf(page, customer).click()
  await expect(page.getByRole('heading', { name: customer.name }).first()).toBeVisible()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
}

/** A second member of the shop, signed in in a browser of their own. */
async function openColleague(
  stack: E2eStack,
  browser: Browser,
  shop: ConnectedShop,
  name: string,
): Promise<Page> {
  const person: Person = {
    email: `colleague-${randomBytes(4).toString('hex')}@example.com`,
    password: 'a long enough password',
  }
  const words = ['workspace', 'create', '--name', 'Elsewhere', '--owner-email', person.email]
  await runCli(stack, [...words, '--owner-name', name], { OWNER_PASSWORD: person.password })
  await runQuery(
    stack,
    `insert into public.workspace_members (workspace_id, user_id, role, display_name)
     select w.id, u.id, 'agent', $3 from public.workspaces w, auth.users u where w.slug = $1 and u.email = $2`,
    [shop.slug, person.email, name],
  )
  const context = await browser.newContext({
    baseURL: stack.baseURL,
    storageState: { cookies: [], origins: [] },
  })
  const page = await context.newPage()
  await signIn(page, person)
  return page
}

/** Opens one of the header's pickers by the way that the size of the page offers. */
async function openPicker(page: Page, isPhone: boolean, kind: 'assign' | 'labels' | 'snooze'): Promise<void> {
  if (!isPhone) {
    await page.locator(`[data-picker=${kind}]`).click()
    return
  }
  await page.getByRole('button', { name: 'More actions' }).click()
  const names = { assign: 'Assign', labels: 'Labels', snooze: 'Snooze' }
  await page.getByRole('dialog').getByRole('button', { name: names[kind], exact: true }).click()
}

test('a note with a mention stands in the thread of every member, and never reaches the customer', async ({
  page,
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Laras')
  await write(stack, shop, customer, 'Boleh kurang?')
  const colleague = await openColleague(stack, browser, shop, 'Ana Putri')
  await openThread(colleague, shop, customer)
  await openThread(page, shop, customer)
  await page.getByRole('tab', { name: 'Note' }).click()
  const field = page.getByLabel(`Note about ${customer.name}`)
  await field.pressSequentially('Tanya @an')
  await expect(page.getByRole('option', { name: 'Ana Putri' })).toHaveAttribute('aria-selected', 'true')
  await field.press('Enter')
  await expect(field).toHaveValue('Tanya @Ana Putri ')
  await field.pressSequentially('dulu')
  await page.getByRole('button', { name: 'Add note' }).click()

  const note = messagesOf(page).getByRole('article', { name: 'Your note' })
  await expect(note).toContainText('Tanya @Ana Putri dulu')
  await expect(note.locator('strong')).toHaveText('@Ana Putri')
  const seen = messagesOf(colleague).getByRole('article', { name: 'Note by Wulan' })
  await expect(seen).toContainText('Tanya @Ana Putri dulu')
  await expect(seen.getByRole('button', { name: 'Edit note' })).toHaveCount(0)

  await note.hover()
  await note.getByRole('button', { name: 'Edit note' }).click()
  await page.getByRole('textbox', { name: 'Edit note' }).fill('Tanya @Ana Putri besok')
  await note.getByRole('button', { name: 'Save' }).click()
  await expect(seen).toContainText('besok')
  await expectNoObstacles(page)
  await note.hover()
  await note.getByRole('button', { name: 'Delete note' }).click()
  await expect(messagesOf(colleague)).toContainText('Wulan deleted a note')
  await expect(messagesOf(colleague)).not.toContainText('besok')

  const sent = await runQuery<{ count: string }>(
    stack,
    `select count(*) from public.messages where direction = 'outbound' and text like 'Tanya%'`,
    [],
  )
  expect(sent).toEqual([{ count: '0' }])
  await colleague.context().close()
})

test('of two who claim a conversation one wins, and both are told who', async ({
  page,
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Galih')
  await write(stack, shop, customer, 'Masih ada?')
  const colleague = await openColleague(stack, browser, shop, 'Bayu')
  await openThread(page, shop, customer)
  await openThread(colleague, shop, customer)
  await atTheSameMoment([page, colleague], /\/claim$/, (each) =>
    each.getByRole('button', { name: 'Claim', exact: true }).click(),
  )
  for (const each of [page, colleague]) {
    await expect(messagesOf(each).locator('[data-event=assigned]')).toHaveCount(1)
    await expect(each.getByRole('button', { name: 'Claim', exact: true })).toHaveCount(0)
  }
  const winners = await runQuery<{ name: string }>(
    stack,
    `select m.display_name as name from public.conversations c
     join public.workspace_members m on m.workspace_id = c.workspace_id and m.user_id = c.assignee_id
     join public.workspaces w on w.id = c.workspace_id
     where w.slug = $1 and c.assigned_reason = 'claimed' order by c.assigned_at desc limit 1`,
    [shop.slug],
  )
  const winner = winners[0]?.name ?? ''
  const line = `${winner} claimed this conversation`
  for (const each of [page, colleague]) await expect(messagesOf(each)).toContainText(line)
  await colleague.context().close()
})

test('a snoozed conversation says until when, and wakes by the clock', async ({
  page,
  stack,
  shop,
}, testInfo) => {
  const isPhone = testInfo.project.name === 'phone'
  const customer = await addCustomer(stack, 'Nadia')
  await write(stack, shop, customer, 'Besok saya kabari')
  await openThread(page, shop, customer)
  await openPicker(page, isPhone, 'snooze')
  const surface = page.getByRole('dialog', { name: 'Snooze this conversation' })
  await expect(surface).toBeVisible()
  await expectNoObstacles(page)
  await surface.getByRole('button', { name: /^Tomorrow morning/ }).click()
  const thread = threadOf(page, customer)
  await expect(thread.locator('[data-state=snoozed]')).toBeVisible()
  await expect(messagesOf(page).locator('[data-event=snoozed]')).toContainText('Wulan snoozed this until')

  const conversationId = /\/inbox\/([0-9a-f-]{36})/.exec(page.url())?.[1]
  await runQuery(
    stack,
    `update public.conversations set snoozed_until = now() - interval '1 second' where id = $1`,
    [conversationId],
  )
  await expect(thread.locator('[data-state=snoozed]')).toHaveCount(0, { timeout: 40_000 })
  await expect(messagesOf(page)).toContainText('Woke up from snooze')
})

test('a conversation made unread from a message stays so until it is opened again', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Yusuf')
  for (const text of ['Satu', 'Dua', 'Tiga']) await write(stack, shop, customer, text)
  await openThread(page, shop, customer)
  const second = messagesOf(page).locator('[data-message]').filter({ hasText: 'Dua' })
  await expect(second).toBeVisible()
  await second.hover()
  await second.getByRole('button', { name: /^Actions for the message/ }).click()
  await page.getByRole('button', { name: 'Mark unread from here' }).click()
  await expect(messagesOf(page).locator('[data-line=unread]')).toHaveText('New messages')
  await page.goto(`/w/${shop.slug}/inbox`)
  await expect(rowOf(page, customer)).toContainText('2 unread')
  const isRead = page.waitForResponse((response) => response.url().endsWith('/read'))
  await rowOf(page, customer).click()
  await expect(messagesOf(page).locator('[data-line=unread]')).toBeVisible()
  await isRead
  await page.goto(`/w/${shop.slug}/inbox`)
  await expect(rowOf(page, customer)).toBeVisible()
  await expect(rowOf(page, customer)).not.toContainText('unread')
})

test('an address with a message leads to it, however far back, and back to the newest', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Tirta')
  const start = Date.now() - 3 * 60 * 60_000
  await write(stack, shop, customer, 'Pesan pertama', start)
  await openThread(page, shop, customer)
  const conversationId = /\/inbox\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''
  for (let number = 1; number <= 160; number += 1)
    await write(stack, shop, customer, `Pesan ${String(number)}`, start + number * 1000)
  await expect(messagesOf(page)).toContainText('Pesan 160')
  // An unread message would be led to instead, and what is older loaded around it.
  await expect
    .poll(() =>
      runQuery(stack, `select read_count from public.conversation_reads where conversation_id = $1`, [
        conversationId,
      ]),
    )
    .toEqual([{ read_count: 161 }])
  const [row] = await runQuery<{ id: string }>(
    stack,
    `select id from public.messages where conversation_id = $1 and text = 'Pesan 3'`,
    [conversationId],
  )
  await page.goto(`/w/${shop.slug}/inbox/${conversationId}?message=${row?.id ?? ''}`)
  const place = messagesOf(page).locator(`[data-message="${row?.id ?? ''}"]`)
  await expect(place).toBeInViewport()
  await expect(place).toBeFocused()
  await page.getByRole('button', { name: 'Back to newest' }).click()
  await expect(messagesOf(page).getByText('Pesan 160', { exact: true })).toBeInViewport()
})

test('a reaction is chosen by keyboard, shown at once and sent', async ({ page, stack, shop }, testInfo) => {
  test.skip(testInfo.project.name === 'phone', 'Phones have no arrow keys.')
  const customer = await addCustomer(stack, 'Sekar')
  await write(stack, shop, customer, 'Terima kasih!')
  await openThread(page, shop, customer)
  const bubble = messagesOf(page).locator('[data-direction=inbound]')
  await bubble.focus()
  await page.keyboard.press('Enter')
  const toolbar = page.getByRole('toolbar', { name: 'React' })
  await expect(toolbar).toBeVisible()
  await expectNoObstacles(page)
  await toolbar.getByRole('button', { name: 'React with 👍' }).focus()
  await page.keyboard.press('ArrowRight')
  const taken = page.waitForResponse((response) => response.url().endsWith('/reactions') && response.ok())
  await page.keyboard.press('Enter')
  await expect(bubble).toContainText('Reactions: Your side: ❤️')
  await taken
  await page.reload()
  await expect(bubble).toContainText('Reactions: Your side: ❤️')
})

test('colleagues see who looks and who is typing, and no longer when they have left', async ({
  page,
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Mega')
  await write(stack, shop, customer, 'Halo')
  const colleague = await openColleague(stack, browser, shop, 'Citra')
  await openThread(page, shop, customer)
  await openThread(colleague, shop, customer)
  const thread = threadOf(page, customer)
  await expect(thread).toContainText('Citra is looking at this too')
  await colleague.getByLabel(`Reply to ${customer.name}`).pressSequentially('Se')
  await expect(thread).toContainText('Citra is typing a reply')
  await colleague.context().close()
  await expect(thread).not.toContainText('Citra')
})

test('text that turns around stays in its bubble, and a foreign host is shown as what it is', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Rama')
  await write(stack, shop, customer, '\u202Egnp.exe https://\u0430pple.com/id 0812 0000 0001')
  await openThread(page, shop, customer)
  const bubble = messagesOf(page).locator('[data-direction=inbound]')
  await expect(bubble.getByRole('link', { name: 'https://xn--pple-43d.com/id' })).toHaveAttribute(
    'rel',
    /noopener/,
  )
  await expect(bubble.getByRole('link', { name: '0812 0000 0001' })).toHaveAttribute(
    'href',
    'tel:081200000001',
  )
  // What stands after it, in the same bubble, still reads from left to right.
  await expect(bubble.locator('time')).toHaveCSS('direction', 'ltr')
  await expectNoObstacles(page)
})
