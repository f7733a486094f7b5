import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { expectNoObstacles } from './obstacles.ts'
import { runQuery } from './query.ts'
import { expect, runCli, testInOwnShop, type ConnectedShop } from './shop.ts'
import type { E2eStack } from './stack.ts'

const test = testInOwnShop()

/** Of this test's own: both window sizes may share the shop. */
const newDigits = () => `8120000${String(randomInt(10_000, 100_000))}`

/** Of letters: a search for digits looks for a number. */
const newName = () => Array.from({ length: 8 }, () => String.fromCharCode(97 + randomInt(26))).join('')

const itemsOf = (page: Page): Locator =>
  page.getByRole('region', { name: 'What it is about' }).locator('ul').last().getByRole('listitem')

/** Two contacts of one number, as an older version left them. */
async function double(stack: E2eStack, { slug }: ConnectedShop, [one, other]: [string, string]) {
  const digits = newDigits()
  const spellings = [
    [one, `+62 ${digits}`, `+62${digits}`],
    [other, `0${digits}`, null],
  ] as const
  for (const [name, phone, normalized] of spellings)
    await runQuery(
      stack,
      `with made as (
         insert into public.contacts (workspace_id, name, name_source, name_as_of)
         select w.id, $2, 'import', now() from public.workspaces w where w.slug = $1
         returning id, workspace_id
       ), account as (
         insert into public.contact_identities
           (workspace_id, contact_id, phone, phone_normalized, phone_verdict, phone_as_of, source)
         select workspace_id, id, $3, $4, 'valid', now(), 'import' from made
         returning id, workspace_id, phone, phone_normalized
       )
       insert into public.identity_phones
         (workspace_id, identity_id, phone_normalized, phone, phone_verdict, first_seen_at, last_seen_at)
       select workspace_id, id, phone_normalized, phone, 'valid', now(), now() from account
       where phone_normalized is not null`,
      [slug, name, phone, normalized],
    )
}

async function plan(
  page: Page,
  { slug }: ConnectedShop,
  kind: string,
  fill?: (form: Locator) => Promise<void>,
): Promise<void> {
  await page.goto(`/w/${slug}/settings/recovery`)
  await page.getByText(kind, { exact: true }).first().click()
  const form = page.locator('details[open]').filter({ hasText: kind })
  await fill?.(form)
  await form.getByLabel('Why').fill('Doubled by an old import')
  await form.getByRole('button', { name: 'Make a plan' }).click()
  await expect(page.getByText('Planned', { exact: true })).toBeVisible()
}

/** Another secret of the shop's webhook, which counts beside the one that Kapso has; its id. */
async function addSecret(stack: E2eStack, { number }: ConnectedShop, secret: string): Promise<string> {
  const endpoint = ['--endpoint', number.webhookUrl.split('/').at(-1) ?? '']
  await runCli(stack, ['secrets', 'rotate', ...endpoint, '--grace-hours', '1'], { WEBHOOK_SECRET: secret })
  const listed = (await runCli(stack, ['secrets', 'list', ...endpoint], {})) as { secrets: { id: string }[] }
  return listed.secrets[0]?.id ?? ''
}

/** A message from somebody, signed with any secret, and waits until it has come in. */
async function forge(
  stack: E2eStack,
  { number }: ConnectedShop,
  secret: string,
  { name, text }: { name: string; text: string },
): Promise<void> {
  const wamid = `wamid.${randomUUID()}`
  const { headers, body } = sign(
    'whatsapp.message.received',
    receivedBody({
      ...{ wamid, phone: `+62${newDigits()}`, phoneNumberId: number.phoneNumberId },
      ...{ contactName: name, text, at: Math.floor(Date.now() / 1000) },
    }),
    secret,
  )
  const answer = await fetch(number.webhookUrl, { method: 'POST', headers, body: new Uint8Array(body) })
  expect(answer.status).toBe(200)
  await expect
    .poll(() => runQuery(stack, 'select from public.messages where wamid = $1', [wamid]))
    .toHaveLength(1)
}

/** As a field for a day and a time holds it; wide enough for any time zone. */
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16)

test('doubled contacts are found, shown, merged, reported and taken back', async ({ page, stack, shop }) => {
  const mark = newName()
  await double(stack, shop, [`Sri ${mark}`, `Bu Sri ${mark}`])
  const shows = async () => {
    await page.goto(`/w/${shop.slug}/contacts?q=${mark}`)
    return page.getByRole('group', { name: 'List of contacts' }).getByRole('listitem')
  }
  await expect(await shows()).toHaveCount(2)

  await page.goto(`/w/${shop.slug}/settings/recovery`)
  await expectNoObstacles(page, { state: 'list' })
  await plan(page, shop, 'Merge contacts with one number')
  const item = itemsOf(page).filter({ hasText: mark })
  await expect(item).toContainText('One number')
  await expect(item).toContainText('To be changed')
  await expectNoObstacles(page, { state: 'planned' })
  const address = page.url()
  // A plan changes nothing.
  await expect(await shows()).toHaveCount(2)

  await page.goto(address)
  await page.getByRole('button', { name: 'Make the changes' }).click()
  await expect(page.getByText('Done', { exact: true })).toBeVisible()
  await expect(item).toContainText('Changed')
  await expectNoObstacles(page, { state: 'applied' })
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the report' }).click(),
  ])
  const report = await readFile(await download.path(), 'utf8')
  expect(report).toContain('Outcome,Reason,Before,After,Contact,Conversation')
  expect(report.split('\r\n').filter((line) => line.includes(mark))).toHaveLength(1)
  await expect(await shows()).toHaveCount(1)

  await page.goto(address)
  await page.getByText('Undo this run').click()
  await page.getByRole('button', { name: 'Undo it now' }).click()
  await expect(page.getByRole('status').getByText('Undone', { exact: true })).toBeVisible()
  await expect(item).toContainText('Undone')
  await expectNoObstacles(page, { state: 'undone' })
  await expect(await shows()).toHaveCount(2)
})

test('what one secret of a webhook let in is taken back, and that secret ends', async ({
  page,
  stack,
  shop,
}) => {
  // From the command line to an undo: a long way on a busy machine.
  test.setTimeout(120_000)
  const [genuine, forged] = [newName(), newName()]
  const secret = randomBytes(24).toString('hex')
  const secretId = await addSecret(stack, shop, secret)
  await forge(stack, shop, shop.number.webhookSecret, { name: `Wati ${genuine}`, text: 'Masih ada?' })
  await forge(stack, shop, secret, { name: `Bank ${forged}`, text: 'Bayar di sini' })
  const shows = async (mark: string) => {
    await page.goto(`/w/${shop.slug}/contacts?q=${mark}`)
    return page.getByRole('group', { name: 'List of contacts' }).getByRole('listitem')
  }
  await expect(await shows(genuine)).toHaveCount(1)
  await expect(await shows(forged)).toHaveCount(1)

  await plan(page, shop, 'Take back what a webhook let in', async (form) => {
    const choice = form.getByLabel('Secret', { exact: true })
    await expect(choice).toHaveValue('')
    await expect(choice.locator('option').first()).toHaveText('Every secret')
    await expect(choice.locator(`option[value="${secretId}"]`)).toHaveText(/^Since .+, in use$/)
    // That which Kapso has lives on for the time of the rotation.
    await expect(choice.locator('option').filter({ hasText: 'in use until' }).first()).toBeAttached()
    await choice.selectOption(secretId)
    await form.getByLabel('Came in since').fill(inDays(-2))
    await form.getByLabel('And before').fill(inDays(2))
    await expectNoObstacles(page, { state: 'secret' })
  })
  const address = page.url()
  await expect(page.getByText('This is about one secret, and only that one ends')).toBeVisible()
  const items = itemsOf(page)
  await expect(items).toHaveCount(2)
  await expect(items.filter({ hasText: 'Bayar di sini' })).toContainText('Message let in by the webhook')
  await expect(items.filter({ hasText: forged })).toContainText('Made known by these deliveries alone')
  await expectNoObstacles(page, { state: 'planned' })
  await page.getByRole('button', { name: 'Make the changes' }).click()
  await expect(page.getByText('Done', { exact: true })).toBeVisible()
  // What is left ends with the rotation, so there is a new one.
  await page.getByRole('button', { name: 'Show the new secret' }).click()
  await expect(page.locator('code')).toHaveText(/^[0-9a-f]{64}$/)

  await expect(await shows(forged)).toHaveCount(0)
  await expect(await shows(genuine)).toHaveCount(1)
  await page.goto(`/w/${shop.slug}/settings/recovery`)
  await page.getByText('Take back what a webhook let in', { exact: true }).first().click()
  await expect(page.locator(`option[value="${secretId}"]`)).toHaveText(/^Since .+, ended .+$/)

  await page.goto(address)
  await page.getByText('Undo this run').click()
  await page.getByRole('button', { name: 'Undo it now' }).click()
  await expect(page.getByRole('status').getByText('Undone', { exact: true })).toBeVisible()
  const listed = await shows(forged)
  await expect(listed).toHaveCount(1)
  await listed.getByRole('link').first().click()
  await page.waitForURL(/\/contacts\/[0-9a-f-]{36}/)
  await expect(page.getByText('recovery run').filter({ visible: true }).first()).toBeVisible()
})

test('a long plan shows a sample drawn at random, and all of it on request', async ({
  page,
  stack,
  shop,
}) => {
  const mark = newName()
  await runQuery(
    stack,
    `with made as (
       insert into public.contacts (workspace_id, name, name_source, name_as_of)
       select w.id, concat_ws(' ', $2::text, n), 'import', now()
       from public.workspaces w cross join generate_series(1, 45) n where w.slug = $1
       returning id, workspace_id
     )
     insert into public.contact_identities (workspace_id, contact_id, phone, source)
     select workspace_id, id, concat('0812 ', $3::bigint + row_number() over ()), 'import' from made`,
    [shop.slug, mark, randomInt(10_000_000, 99_000_000)],
  )
  await plan(page, shop, 'Read all numbers again')
  await expect(page.getByText(/A sample: 20 of \d+, chosen at random/)).toBeVisible()
  await expect(itemsOf(page)).toHaveCount(20)
  const sampled = await itemsOf(page).allTextContents()
  await page.reload()
  expect(await itemsOf(page).allTextContents()).toEqual(sampled)
  await expectNoObstacles(page, { state: 'sample' })
  await page.getByRole('link', { name: /^All\s*\d/ }).click()
  await page.waitForURL(/list=all/)
  await expect(page.getByText('A sample:')).toHaveCount(0)
  expect(await itemsOf(page).allTextContents()).not.toEqual(sampled)
  await page.getByRole('link', { name: 'Show the next ones' }).click()
  await page.waitForURL(/after=20/)
  await expect(itemsOf(page)).toHaveCount(20)
})

test('what is missing is told at its place', async ({ page, shop }) => {
  await page.goto(`/w/${shop.slug}/settings/recovery`)
  const name = 'Read all numbers again'
  await page.getByText(name, { exact: true }).first().click()
  const form = page.locator('details[open]').filter({ hasText: name })
  await expect(form.getByLabel('Default country')).toHaveValue('ID')
  await form.getByLabel('Why').fill('      ')
  await form.getByRole('button', { name: 'Make a plan' }).click()
  await expect(form.getByText('A reason has 3 to 500 characters')).toBeVisible()
})
