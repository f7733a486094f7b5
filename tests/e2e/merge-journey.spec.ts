import { randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import { addAgent } from './members.ts'
import { runQuery } from './query.ts'
import {
  addCustomer,
  expect,
  signIn,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
} from './shop.ts'
import type { E2eStack } from './stack.ts'

const test = testInOwnShop()

/** Somebody of an older list, whose number was typed as people here write it; and the customer whose number it is. */
async function meetTwice(
  stack: E2eStack,
  shop: ConnectedShop,
  firstName: string,
): Promise<{ customer: Customer; listed: string; listedId: string; customersId: string }> {
  const customer = await addCustomer(stack, firstName)
  const listed = `Bu ${customer.name}`
  const listedId = randomUUID()
  await runQuery(
    stack,
    `with made as (
       insert into contacts (id, workspace_id, name, name_source) select $2, id, $3, 'staff' from workspaces where slug = $1
       returning id, workspace_id
     )
     insert into contact_identities (workspace_id, contact_id, phone) select workspace_id, id, $4 from made`,
    [shop.slug, listedId, listed, customer.phone.replace(/^62/, '0')],
  )
  await write(stack, shop, customer, `Halo, saya ${firstName}`)
  let customersId = ''
  await expect(async () => {
    const rows = await runQuery<{ contact_id: string }>(
      stack,
      'select contact_id from contact_identities where profile_name = $1',
      [customer.name],
    )
    expect(rows).toHaveLength(1)
    customersId = rows[0]?.contact_id ?? ''
  }).toPass()
  return { customer, listed, listedId, customersId }
}

/** Reloads the queue until the pair was found in the background. */
async function waitForPair(page: Page, shop: ConnectedShop, name: string): Promise<void> {
  await page.goto(`/w/${shop.slug}/contacts/duplicates`)
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('region', { name: 'Pair' })).toContainText(name, { timeout: 1_000 })
  }).toPass()
}

/** As if they had been merged a day before: what is written after that came since. */
async function letADayPass(stack: E2eStack, ids: string[]): Promise<void> {
  await runQuery(
    stack,
    `with joins as (update contact_joins set created_at = created_at - interval '1 day' where loser_id = any($1)),
       people as (update contacts set created_at = created_at - interval '2 days' where id = any($1))
     update contact_changes set changed_at = changed_at - interval '1 day' where contact_id = any($1)`,
    [ids],
  )
}

test('an admin merges from the queue by keys, a message comes meanwhile, and a day later it is undone', async ({
  page,
  context,
  stack,
  shop,
}) => {
  const { customer, listed, listedId, customersId } = await meetTwice(stack, shop, 'Sekar')
  const inbox = await context.newPage()
  await inbox.goto(`/w/${shop.slug}/inbox`)
  const rows = inbox.getByRole('navigation', { name: 'Conversations' }).getByRole('link')
  await expect(rows.filter({ hasText: 'Halo, saya Sekar' })).toContainText(customer.name)

  await waitForPair(page, shop, listed)
  await page.keyboard.press('m')
  await expect(page.getByRole('heading', { name: 'Merge contacts' })).toBeVisible()
  // The plan is on the screen while the customer goes on writing.
  await write(stack, shop, customer, 'Masih ada yang merah?')
  await expect(rows.filter({ hasText: 'Masih ada yang merah?' })).toBeVisible()
  await page.getByRole('radio', { name: listed }).focus()
  await page.keyboard.press('Space')
  await page.getByLabel('Why are they the same person?').focus()
  await page.keyboard.type('The same number')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Merge', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/contacts/(${listedId}|${customersId})`))
  await expect(page.getByRole('heading', { name: listed, level: 1 })).toBeVisible()

  // Whoever has the inbox open sees whose conversation it is now, and what comes next.
  await expect(rows.filter({ hasText: 'Masih ada yang merah?' })).toContainText(listed)

  await letADayPass(stack, [listedId, customersId])
  await write(stack, shop, customer, 'Saya ambil dua')
  await expect(rows.filter({ hasText: 'Saya ambil dua' })).toContainText(listed)
  await expect(rows).toHaveCount(1)
  await page.goto(`/w/${shop.slug}/contacts/merges`)
  const item = page.getByRole('listitem').filter({ hasText: 'The same number' })
  await expect(item).toContainText('Yesterday')
  await item.getByRole('button', { name: 'Undo' }).focus()
  await page.keyboard.press('Enter')
  await expect(item).toContainText('Undone')

  // What came since is with the one who wrote it; the other is as before; the pair does not come back.
  await expect(rows.filter({ hasText: 'Saya ambil dua' })).toContainText(customer.name)
  await page.goto(`/w/${shop.slug}/contacts/${listedId}`)
  await expect(page.getByRole('heading', { name: listed, level: 1 })).toBeVisible()
  await page.goto(`/w/${shop.slug}/contacts/${customersId}`)
  await expect(page.getByRole('heading', { name: customer.name, level: 1 })).toBeVisible()
  await page.goto(`/w/${shop.slug}/contacts/duplicates`)
  await expect(page.getByText('No duplicates are waiting')).toBeVisible()
  const kept = await runQuery<{ text: string }>(
    stack,
    `select text from messages where conversation_id in (
       select id from conversations
       where identity_id in (select id from contact_identities where contact_id = $1)
     ) order by occurred_at`,
    [customersId],
  )
  expect(kept.map(({ text }) => text)).toEqual([
    'Halo, saya Sekar',
    'Masih ada yang merah?',
    'Saya ambil dua',
  ])
})

test('an agent proposes from the queue what an admin accepts', async ({ page, stack, shop, browser }) => {
  const { listed, listedId, customersId } = await meetTwice(stack, shop, 'Melati')
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } })
  const agent = await context.newPage()
  await signIn(agent, await addAgent(stack, shop, 'Bayu'))
  await waitForPair(agent, shop, listed)
  await agent.keyboard.press('m')
  await expect(agent.getByRole('heading', { name: 'Merge contacts' })).toBeVisible()
  await expect(agent.getByRole('button', { name: 'Merge', exact: true })).toHaveCount(0)
  await agent.getByRole('radio', { name: listed }).check()
  await agent.getByLabel('Why are they the same person?').fill('She called from that number')
  await agent.getByRole('button', { name: 'Propose', exact: true }).click()
  await expect(agent.getByText('Your proposal is waiting')).toBeVisible()
  // Nothing is merged by a proposal.
  await agent.goto(`/w/${shop.slug}/contacts/${listedId}`)
  await expect(agent).toHaveURL(new RegExp(`/contacts/${listedId}`))

  await page.goto(`/w/${shop.slug}/contacts/merges`)
  const proposal = page.locator('[data-proposal]').filter({ hasText: 'She called from that number' })
  await expect(proposal).toContainText('Bayu')
  await proposal.getByRole('button', { name: 'Accept' }).click()
  await expect(page.locator('[data-proposal]').filter({ hasText: 'Accepted' })).toContainText('Bayu')

  // Both addresses lead to one now, for the agent too.
  const survivors = await runQuery<{ root_id: string }>(
    stack,
    'select distinct root_id from contacts where id in ($1, $2)',
    [listedId, customersId],
  )
  expect(survivors).toHaveLength(1)
  for (const id of [listedId, customersId]) {
    await agent.goto(`/w/${shop.slug}/contacts/${id}`)
    await expect(agent).toHaveURL(new RegExp(`/contacts/${survivors[0]?.root_id ?? ''}`))
    await expect(agent.getByRole('heading', { name: listed, level: 1 })).toBeVisible()
  }
  await context.close()
})
