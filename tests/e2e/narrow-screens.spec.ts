import type { Locator, Page } from '@playwright/test'
import { runQuery } from './query.ts'
import { addCustomer, expect, testInOwnShop, write, type ConnectedShop, type Customer } from './shop.ts'

const test = testInOwnShop()

const minuteMs = 60_000
const messagesOf = (page: Page): Locator => page.getByRole('region', { name: 'Messages' })

test.beforeEach(({ isMobile }) => {
  test.skip(!isMobile, 'A desk has the room.')
})

async function openThread(page: Page, shop: ConnectedShop, customer: Customer): Promise<string> {
  await page.goto(`/w/${shop.slug}/inbox`)
  await page.getByRole('link').filter({ hasText: customer.name }).click()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}/)
  return /inbox\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''
}

for (const size of [
  { width: 390, height: 844 },
  { width: 320, height: 640 },
]) {
  test(`what leads to the newest message covers no word of the customer at ${String(size.width)} pixels`, async ({
    page,
    stack,
    shop,
  }) => {
    await page.setViewportSize(size)
    const customer = await addCustomer(stack, 'Nirmala')
    const text = 'Apakah lemari jati yang besar itu masih ada, dan bisa dikirim ke Bandung minggu ini?'
    for (let count = 0; count < 14; count += 1)
      await write(stack, shop, customer, text, Date.now() - (20 - count) * minuteMs)
    // What comes in after the thread was opened would be told as new.
    const countMessages = async () => {
      const rows = await runQuery(
        stack,
        `select m.id from public.messages m
         join public.conversations c on c.id = m.conversation_id
         join public.contact_identities i on i.id = c.identity_id
         where i.profile_name = $1`,
        [customer.name],
      )
      return rows.length
    }
    await expect.poll(countMessages).toBe(14)
    await openThread(page, shop, customer)
    await expect(messagesOf(page).locator('[data-message]')).toHaveCount(14)
    await messagesOf(page).evaluate((region) => {
      region.scrollTop = -300
    })
    for (const name of ['Latest', /new message/]) {
      const button = page.getByRole('button', { name })
      await expect(button).toBeVisible()
      const place = await button.boundingBox()
      const texts = messagesOf(page).getByText(text)
      const ends = await texts.evaluateAll((bodies) =>
        bodies.map((body) => body.getBoundingClientRect().right),
      )
      expect(ends.length).toBeGreaterThan(0)
      expect(place?.x ?? 0).toBeGreaterThanOrEqual(Math.max(...ends))
      if (name === 'Latest') await write(stack, shop, customer, 'Halo?')
    }
  })
}

test('the names of the sections are whole at 320 pixels', async ({ page, shop }) => {
  await page.setViewportSize({ width: 320, height: 640 })
  await page.goto(`/w/${shop.slug}/settings`)
  await expect(page.getByRole('navigation', { name: 'Main' }).getByText('Notifications')).toBeVisible()
  const cut = await page
    .locator('.truncate')
    .filter({ visible: true })
    .evaluateAll((names) =>
      names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent),
    )
  expect(cut).toEqual([])
})

test('the contact’s details tell minutes, not seconds', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Rama')
  await write(stack, shop, customer, 'Halo')
  const conversationId = await openThread(page, shop, customer)
  await runQuery(
    stack,
    `update public.conversations set bot_state = 'paused', bot_state_at = now() where id = $1`,
    [conversationId],
  )
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Contact details' }).click()
  const details = page.getByRole('region', { name: 'Contact details' })
  await expect(details).toContainText(/since .*\d\d:\d\d/)
  await expect(details).not.toContainText(/\d\d:\d\d:\d\d/)
})
