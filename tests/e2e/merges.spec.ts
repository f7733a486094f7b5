import type { Page } from '@playwright/test'
import { expectNoObstacles } from './obstacles.ts'
import { runQuery } from './query.ts'
import { addCustomer, expect, testInOwnShop, write, type Customer } from './shop.ts'
import type { E2eStack } from './stack.ts'

const test = testInOwnShop()

/** The contact that a customer's first message has made. */
async function findContact(stack: E2eStack, { name }: Customer): Promise<string> {
  let id = ''
  await expect(async () => {
    const rows = await runQuery<{ contact_id: string }>(
      stack,
      'select contact_id from public.contact_identities where profile_name = $1',
      [name],
    )
    expect(rows).toHaveLength(1)
    id = rows[0]?.contact_id ?? ''
  }).toPass()
  return id
}

const headingOf = (page: Page, { name }: Customer) => page.getByRole('heading', { name, level: 1 })

test('two contacts become one, a message that comes meanwhile lands right, and it is undone', async ({
  page,
  stack,
  shop,
}) => {
  const [kept, merged] = [await addCustomer(stack, 'Sekar'), await addCustomer(stack, 'Kesar')]
  await write(stack, shop, kept, 'Halo dari nomor lama')
  const keptId = await findContact(stack, kept)
  await write(stack, shop, merged, 'Halo dari nomor baru')
  const mergedId = await findContact(stack, merged)
  const base = `/w/${shop.slug}/contacts`

  await page.goto(`${base}/merges/new?contacts=${keptId},${mergedId}&survivor=${keptId}`)
  await expect(page.getByRole('heading', { name: 'Merge contacts' })).toBeVisible()
  // Which name stands there by default depends on whose message came in a later second.
  await page.getByRole('radio', { name: new RegExp(kept.name) }).check()
  await expectNoObstacles(page, { state: 'plan' })
  // What comes after the plan was shown is no reason to refuse it.
  await write(stack, shop, merged, 'Masih saya, tunggu ya')
  await page.getByLabel('Why are they the same person?').fill('Wrote so herself')
  await page.getByRole('button', { name: 'Merge', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`/contacts/${keptId}`))
  await expect(headingOf(page, kept)).toBeVisible()

  // An old link leads to the one that goes on, and both conversations are theirs.
  await page.goto(`${base}/${mergedId}`)
  await expect(page).toHaveURL(new RegExp(`/contacts/${keptId}`))
  await page.goto(`/w/${shop.slug}/inbox`)
  const rows = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link')
  await expect(rows.filter({ hasText: kept.name })).toHaveCount(2)
  await expect(rows.filter({ hasText: 'Masih saya, tunggu ya' })).toContainText(kept.name)

  await page.goto(`${base}/merges`)
  const item = page.getByRole('listitem').filter({ hasText: 'Wrote so herself' })
  await expect(item).toContainText(kept.name)
  await expectNoObstacles(page, { state: 'merges' })
  await item.getByRole('button', { name: 'Undo' }).click()
  await expect(item).toContainText('Undone')
  await page.goto(`${base}/${mergedId}`)
  await expect(headingOf(page, merged)).toBeVisible()
  await page.goto(`/w/${shop.slug}/inbox`)
  await expect(rows.filter({ hasText: 'Masih saya, tunggu ya' })).toContainText(merged.name)
})
