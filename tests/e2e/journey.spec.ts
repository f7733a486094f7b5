import { randomBytes } from 'node:crypto'
import type { BrowserContext, Page } from '@playwright/test'
import { expect, test } from './stack.ts'
import { expectNoObstacles } from './obstacles.ts'

/** Adds a customer to the simulator through its page, and opens the chat as them. */
async function becomeCustomer(
  context: BrowserContext,
  simulatorUrl: string,
): Promise<{ phone: Page; name: string }> {
  // All of one length: none is the beginning of another.
  const name = `Dewi ${randomBytes(4).toString('hex')}`
  const answer = await context.request.post(`${simulatorUrl}/simulator/customers`, { data: { name } })
  expect(answer.ok()).toBe(true)
  const phone = await context.newPage()
  await phone.goto(simulatorUrl)
  await phone.getByRole('listitem').filter({ hasText: name }).getByRole('button').click()
  return { phone, name }
}

async function writeAsCustomer(phone: Page, text: string): Promise<void> {
  await phone.getByLabel('Message', { exact: true }).fill(text)
  await phone.getByRole('button', { name: 'Send' }).click()
}

async function signIn(page: Page, owner: { email: string; password: string }): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password', { exact: true }).fill(owner.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL(/\/inbox$/)
}

test('a customer writes, the team reads it at once and answers, and the ticks follow', async ({
  page,
  stack,
}) => {
  await signIn(page, stack.owner)
  await expect(page.getByText('Live', { exact: true }).filter({ visible: true }).first()).toBeVisible()
  const { phone, name } = await becomeCustomer(page.context(), stack.simulatorUrl)

  await writeAsCustomer(phone, 'Halo, apakah sofa biru masih ada?')
  const row = page.getByRole('link').filter({ hasText: name })
  await expect(row).toContainText('Halo, apakah sofa biru masih ada?')
  await expect(row).toContainText('1')
  await expect(page).toHaveTitle(/^\(\d+\)/)

  await row.click()
  await expect(
    page.getByRole('region', { name: 'Messages' }).getByText('Halo, apakah sofa biru masih ada?'),
  ).toBeVisible()
  await expect(page.getByRole('form', { name: 'Reply' }).getByText(/left to reply/)).toBeVisible()
  const composer = page.getByLabel(`Reply to ${name}`)
  await composer.fill('Masih, Kak. Mau dikirim ke mana?')
  // A double click must not send twice.
  await page.getByRole('button', { name: 'Send' }).dblclick()

  const bubble = page.getByRole('region', { name: 'Messages' }).getByText('Masih, Kak. Mau dikirim ke mana?')
  await expect(bubble).toHaveCount(1)
  await expect(composer).toHaveValue('')
  await expect(phone.getByRole('log').getByText('Masih, Kak. Mau dikirim ke mana?')).toHaveCount(1)
  // The customer's chat is open: WhatsApp tells of delivery and of reading.
  await expect(
    page.getByRole('region', { name: 'Messages' }).getByRole('img', { name: /^Read/ }).last(),
  ).toBeVisible()

  await writeAsCustomer(phone, 'Ke Bandung ya')
  await expect(page.getByRole('region', { name: 'Messages' }).getByText('Ke Bandung ya')).toBeVisible()
  await expect(
    page.getByRole('region', { name: 'Messages' }).getByText('Masih, Kak. Mau dikirim ke mana?'),
  ).toHaveCount(1)

  await expectNoObstacles(page)
})

test('the thread is one after the other on a phone, and side by side on a desktop', async ({
  page,
  stack,
}, testInfo) => {
  await signIn(page, stack.owner)
  const { phone, name } = await becomeCustomer(page.context(), stack.simulatorUrl)
  await writeAsCustomer(phone, 'Halo')
  const row = page.getByRole('link').filter({ hasText: name })
  await row.click()
  await expect(page.getByLabel(`Reply to ${name}`)).toBeVisible()
  if (testInfo.project.name === 'phone') {
    await expect(row).toBeHidden()
    await page.goBack()
  }
  await expect(row).toBeVisible()
})

test('what was missed without a connection is there when it is back', async ({ page, stack }) => {
  await signIn(page, stack.owner)
  const { phone, name } = await becomeCustomer(page.context(), stack.simulatorUrl)
  await writeAsCustomer(phone, 'Pesan pertama')
  await page.getByRole('link').filter({ hasText: name }).click()
  await expect(page.getByRole('region', { name: 'Messages' }).getByText('Pesan pertama')).toBeVisible()

  await page.context().setOffline(true)
  const sent = await page.context().request.get(`${stack.simulatorUrl}/simulator/customers`)
  const { data } = (await sent.json()) as { data: { id: string; name: string }[] }
  const customer = data.find((entry) => entry.name === name)
  await page
    .context()
    .request.post(`${stack.simulatorUrl}/simulator/customers/${customer?.id ?? ''}/messages`, {
      data: { text: 'Pesan kedua' },
    })
  await expect(page.getByRole('region', { name: 'Messages' }).getByText('Pesan kedua')).toHaveCount(0)
  await page.context().setOffline(false)
  await expect(page.getByRole('region', { name: 'Messages' }).getByText('Pesan kedua')).toBeVisible()
})
