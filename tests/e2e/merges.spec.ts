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
  await page.getByLabel('Other value for Name').fill('Sekar Kesar')
  await expect(
    page.getByRole('group', { name: 'Name' }).getByLabel('Something else', { exact: true }),
  ).toBeChecked()
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

test('at the undo somebody chooses where the later edits go, and any day before can be looked at', async ({
  page,
  stack,
  shop,
}) => {
  const [kept, merged] = [await addCustomer(stack, 'Lestari'), await addCustomer(stack, 'Melati')]
  await write(stack, shop, kept, 'Halo dari nomor lama')
  const keptId = await findContact(stack, kept)
  await write(stack, shop, merged, 'Halo dari nomor baru')
  const mergedId = await findContact(stack, merged)
  const base = `/w/${shop.slug}/contacts`

  await page.goto(`${base}/merges/new?contacts=${keptId},${mergedId}&survivor=${keptId}`)
  await page.getByRole('radio', { name: new RegExp(kept.name) }).check()
  await page.getByLabel('Why are they the same person?').fill('Same voice')
  await page.getByRole('button', { name: 'Merge', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`/contacts/${keptId}`))
  await page.goto(`${base}/${keptId}?edit`)
  await page.getByLabel('E-mail').fill('melati@example.com')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('melati@example.com').first()).toBeVisible()
  // Three days ago it was all done.
  await runQuery(
    stack,
    `with merges as (update public.contact_joins set created_at = created_at - interval '3 days' where loser_id = $1),
       people as (update public.contacts set created_at = created_at - interval '5 days' where id in ($1, $2))
     update public.contact_changes set changed_at = changed_at - interval '2 days' where contact_id in ($1, $2)`,
    [mergedId, keptId],
  )

  await page.goto(`${base}/merges`)
  const item = page.getByRole('listitem').filter({ hasText: 'Same voice' })
  await item.getByRole('link', { name: 'Undo, and choose' }).click()
  await expect(page.getByRole('heading', { name: 'Undo a merge' })).toBeVisible()
  const email = page.getByRole('group', { name: 'E-mail' })
  await expect(email.getByLabel('Stays with')).toBeChecked()
  await expectNoObstacles(page, { state: 'undo' })
  await email.getByLabel('Goes to').check()
  // Somebody else is faster: nothing is undone, and what they wrote is there to be decided on.
  await runQuery(
    stack,
    `update public.contacts set email = 'other@example.com', email_as_of = now() where id = $1`,
    [keptId],
  )
  await page.getByRole('button', { name: 'Undo the merge' }).click()
  await expect(page.getByRole('alert')).toContainText('Nothing was undone')
  await expect(email).toContainText('other@example.com')
  await expect(email.getByLabel('Stays with')).toBeChecked()
  await email.getByLabel('Goes to').check()
  await page.getByRole('button', { name: 'Undo the merge' }).click()
  await expect(item).toContainText('Undone')
  await expect(item).toContainText('handed on to')
  await expect(page.getByRole('status').filter({ hasText: 'separate again' })).toBeVisible()
  await page.goto(`${base}/${mergedId}`)
  await expect(page.getByText('other@example.com').first()).toBeVisible()

  // As it was while both were one, and before.
  await page.getByRole('link', { name: 'As of a date' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(merged.name)
  const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
  await page.getByLabel('Day').fill(dayAgo(1))
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(page).toHaveURL(/at=/)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(kept.name)
  await expect(page.getByText('melati@example.com')).toBeVisible()
  const people = page.getByRole('region', { name: 'Contacts that were one person' })
  await expect(people.getByRole('listitem')).toHaveCount(2)
  await expect(people).toContainText('Separate today')
  await expectNoObstacles(page, { state: 'as of a date' })
  await page.goto(`${base}/${mergedId}/as-of?at=${dayAgo(30)}`)
  await expect(page.getByText('This contact was not known yet')).toBeVisible()
})
