import { createHmac, randomInt, randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import { runAs } from '../support/run-as.ts'
import { environmentOf, expect, runCli, test, type ConnectedShop } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

/** Delivers a signed body to a shop's webhook. */
async function deliver({ number }: ConnectedShop, body: string): Promise<void> {
  const response = await fetch(number.webhookUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-webhook-event': 'whatsapp.message.received',
      'x-webhook-signature': createHmac('sha256', number.webhookSecret).update(body).digest('hex'),
      'x-idempotency-key': randomUUID(),
      'x-webhook-payload-version': 'v2',
    },
    body,
  })
  expect(response.status).toBe(200)
}

function messageTo(phoneNumberId: string, text: string): string {
  return JSON.stringify({
    message: {
      id: `wamid.${randomUUID()}`,
      timestamp: String(Math.floor(Date.now() / 1000)),
      type: 'text',
      text: { body: text },
      kapso: { direction: 'inbound', status: 'received', origin: 'cloud_api' },
    },
    conversation: { id: randomUUID(), phone_number: '+6281200000051', phone_number_id: phoneNumberId },
    is_new_conversation: false,
    phone_number_id: phoneNumberId,
  })
}

const pageOf = (shop: ConnectedShop) => `/w/${shop.slug}/settings/ingestion`

/** Waits until the worker has come to what was delivered. */
async function expectWaiting(page: Page, shop: ConnectedShop, text: string): Promise<void> {
  await expect(async () => {
    await page.goto(pageOf(shop))
    await expect(page.getByText(text)).toBeVisible({ timeout: 1000 })
  }).toPass()
}

test('what is not understood waits with its reason, is looked at and set aside', async ({ page, shop }) => {
  await page.goto(pageOf(shop))
  await expect(page.getByText('Everything is processed')).toBeVisible()
  await expectNoObstacles(page, { advice: true })

  await deliver(shop, 'this is no json <script>')
  await expectWaiting(page, shop, 'The delivery was no readable JSON.')
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0)
  await page.getByText('Show it').click()
  await expectNoObstacles(page, { advice: true })
  await page.getByRole('link', { name: /whatsapp\.message\.received/ }).click()
  await expect(page.getByRole('region', { name: 'Raw event' })).toHaveText('this is no json <script>')
  await expectNoObstacles(page, { advice: true })

  await page.getByRole('button', { name: 'Set aside' }).click()
  await expect(page.getByText('1 event set aside.')).toBeVisible()
  await expect(page.getByText('Everything is processed')).toBeVisible()
})

test('events are replayed: first what would change, then the change', async ({ page, shop, stack }) => {
  const phoneNumberId = String(randomInt(1e11, 1e12))
  await deliver(shop, messageTo(phoneNumberId, 'For a number that came later'))
  await expectWaiting(page, shop, 'It is for a WhatsApp number that this workspace does not have.')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('1 event will be tried again.')).toBeVisible()
  await expectWaiting(page, shop, 'It is for a WhatsApp number that this workspace does not have.')

  const words = ['channel', 'add', '--workspace', shop.slug, '--phone-number-id', phoneNumberId]
  await runCli(stack, [...words, '--display-phone', '+1 202 555 0151'], { WEBHOOK_SECRET: randomUUID() })
  // Adding the number is enough: what waited for it is applied.
  await expect(async () => {
    await page.goto(pageOf(shop))
    await expect(page.getByText('Everything is processed')).toBeVisible({ timeout: 1000 })
  }).toPass()
  await loseMessages(environmentOf(stack)['DATABASE_URL_OWNER'] ?? '', phoneNumberId)
  await page.getByLabel('From').fill('2020-01-01T00:00')
  await page.getByLabel('Until').fill('2019-01-01T00:00')
  await page.getByRole('button', { name: 'Check this time' }).click()
  await expect(page.getByText('Give a time that is later than the first.')).toBeVisible()
  await page.getByLabel('Until').fill('')
  await page.getByRole('button', { name: 'Check this time' }).click()
  await expect(page.getByText('Checked, nothing changed yet')).toBeVisible()
  await page.getByText('New in messages').click()
  await expect(page.getByText('For a number that came later')).toBeVisible()
  await expectNoObstacles(page, { advice: true })

  await page.getByRole('button', { name: 'Apply these changes' }).click()
  await expect(page.getByText('Applied')).toBeVisible()
  await page.goto(`/w/${shop.slug}/inbox`)
  await expect(page.getByText('For a number that came later').first()).toBeVisible()
  await page.goto(pageOf(shop))
  await expect(page.getByText('Everything is processed')).toBeVisible()
})

/** As a disaster would: the ledger still knows of them. */
async function loseMessages(databaseUrl: string, phoneNumberId: string): Promise<void> {
  const channel = '(select id from channels where phone_number_id = $1)'
  await runAs(databaseUrl, `update conversations set last_message_id = null where channel_id = ${channel}`, [
    phoneNumberId,
  ])
  await runAs(databaseUrl, `delete from messages where channel_id = ${channel}`, [phoneNumberId])
}

test('all of it works without scripts', async ({ browser, shop }) => {
  const context = await browser.newContext({ storageState: shop.signedIn, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(pageOf(shop))
  await page.getByLabel('Event number').fill('none')
  await page.getByRole('button', { name: 'Check this event' }).click()
  await expect(page.getByText('Give the number of an event.')).toBeVisible()
  await page.getByLabel('Event number').fill('999999999')
  await page.getByRole('button', { name: 'Check this event' }).click()
  await expect(page.getByRole('heading', { name: 'Event 999999999' })).toBeVisible()
  await expect(async () => {
    await page.reload()
    await expect(page.getByText('Nothing would change')).toBeVisible({ timeout: 500 })
  }).toPass()
  await context.close()
})
