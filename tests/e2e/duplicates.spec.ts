import { randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import { expectNoObstacles } from './obstacles.ts'
import { runQuery } from './query.ts'
import { expect, testInOwnShop, type ConnectedShop } from './shop.ts'
import type { E2eStack } from './stack.ts'

const test = testInOwnShop()

/** Somebody whom an older program wrote down, with a number as it was typed. */
async function addContact(
  stack: E2eStack,
  shop: ConnectedShop,
  facts: { name: string; phone: string; email?: string },
): Promise<string> {
  const id = randomUUID()
  await runQuery(
    stack,
    `with made as (
       insert into contacts (id, workspace_id, name, name_source, email, email_source)
       select $2, w.id, $3, 'staff', $4::text, case when $4::text is not null then 'staff'::field_source end
       from workspaces w where w.slug = $1
       returning id, workspace_id
     )
     insert into contact_identities (workspace_id, contact_id, phone) select workspace_id, id, $5 from made`,
    [shop.slug, id, facts.name, facts.email ?? null, facts.phone],
  )
  return id
}

const pair = (page: Page) => page.getByRole('region', { name: 'Pair' })
const namesIn = (page: Page) => pair(page).getByRole('article')

async function expectPair(page: Page, name: string): Promise<void> {
  await expect(namesIn(page).first()).toContainText(name)
}

test('a queue is worked through by keys, and by buttons', async ({ page, shop, stack, isMobile }) => {
  const address = `/w/${shop.slug}/contacts/duplicates`
  await page.goto(address)
  await expect(page.getByText('No duplicates are waiting')).toBeVisible()
  await expectNoObstacles(page, { state: 'empty' })

  // The surest pair has a name and an e-mail in common, too.
  const one = { name: 'Budi Santoso', phone: '0812-0000-1234', email: 'budi.santoso@example.com' }
  const firstId = await addContact(stack, shop, one)
  const secondId = await addContact(stack, shop, {
    ...one,
    name: 'Boedi Santoso',
    phone: '+62 812 0000 1234',
  })
  await addContact(stack, shop, { name: 'Ratna Kusumawardani', phone: '0813-0000-5678' })
  await addContact(stack, shop, { name: 'Bu Ratna', phone: '+62 813 0000 5678' })
  await addContact(stack, shop, { name: 'Joao Ferreira', phone: '+55 11 98765-4321' })
  await addContact(stack, shop, { name: 'Joao F.', phone: '+55 11 8765-4321' })
  await expect(async () => {
    await page.reload()
    await expect(page.getByText('1 of 3')).toBeVisible({ timeout: 1_000 })
  }).toPass()

  await expectPair(page, 'Budi Santoso')
  await expect(pair(page)).toContainText('Surely the same person')
  await expect(pair(page)).toContainText('Same number, written 0812-0000-1234 and +62 812 0000 1234')
  await expect(pair(page)).toContainText('Same e-mail, budi.santoso@example.com')
  await expectNoObstacles(page, { state: 'pair' })

  if (!isMobile) {
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keys', exact: true })
    await expect(help.getByRole('region', { name: 'Possible duplicates' })).toContainText('Merge the pair')
    await page.keyboard.press('Escape')
    await expect(help).toHaveCount(0)
  }
  const press = async (key: string, button: string) => {
    if (isMobile) await page.getByRole('button', { name: button, exact: true }).click()
    else await page.keyboard.press(key)
  }
  await press('d', 'Different people')
  await expect(page.getByText('Budi Santoso and Boedi Santoso are different people now.')).toBeVisible()
  await expect(page.getByText('1 of 2')).toBeVisible()
  await press('s', 'Skip')
  await expect(page.getByText('1 of 1')).toBeVisible()
  await press('u', 'Undo')
  await expect(page.getByText('1 of 2')).toBeVisible()
  const shown = await namesIn(page).first().innerText()
  await press('ArrowRight', 'Next pair')
  await expect(page.getByText('2 of 2')).toBeVisible()
  await expect(namesIn(page).first()).not.toHaveText(shown)
  await press('ArrowLeft', 'Previous pair')
  await expect(page.getByText('1 of 2')).toBeVisible()
  await press('u', 'Undo')
  await expectPair(page, 'Budi Santoso')
  await expect(page.getByText('1 of 3')).toBeVisible()

  // What was said is there after a reload, and what was taken back is not.
  // What was taken back a moment ago may still be on its way.
  const told = page.waitForResponse(
    (response) => response.request().postData()?.includes('different') === true,
  )
  await press('d', 'Different people')
  expect((await told).status()).toBe(200)
  await page.reload()
  await expect(page.getByText('1 of 2')).toBeVisible()
  await expect(page.getByText('Budi Santoso')).toHaveCount(0)
  const states = await runQuery<{ state: string }>(
    stack,
    'select state from duplicate_candidates where left_id in ($1, $2) and right_id in ($1, $2)',
    [firstId, secondId],
  )
  expect(states).toEqual([{ state: 'different' }])

  const ids = /merges\/new\?contacts=[0-9a-f-]{36},[0-9a-f-]{36}$/
  if (isMobile) await page.getByRole('link', { name: 'Merge', exact: true }).click()
  else await page.keyboard.press('m')
  await expect(page).toHaveURL(ids)
})
