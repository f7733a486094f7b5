import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { expectNoObstacles } from './obstacles.ts'
import { runQuery } from './query.ts'
import { expect, testInOwnShop, type ConnectedShop } from './shop.ts'
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

async function plan(page: Page, { slug }: ConnectedShop, kind: string): Promise<void> {
  await page.goto(`/w/${slug}/settings/recovery`)
  await page.getByText(kind, { exact: true }).first().click()
  const form = page.locator('details[open]').filter({ hasText: kind })
  await form.getByLabel('Why').fill('Doubled by an old import')
  await form.getByRole('button', { name: 'Make a plan' }).click()
  await expect(page.getByText('Planned', { exact: true })).toBeVisible()
}

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
