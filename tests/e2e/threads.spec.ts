import type { Page } from '@playwright/test'
import { addAgent } from './members.ts'
import { expectNoObstacles } from './obstacles.ts'
import { runQuery } from './query.ts'
import {
  addCustomer,
  expect,
  signIn,
  simulate,
  testInOwnShop,
  write,
  type ConnectedShop,
  type Customer,
} from './shop.ts'
import type { E2eStack } from './stack.ts'

const test = testInOwnShop()

interface Met {
  contact_id: string
  conversation_id: string
}

/** What a customer's first message has made. */
async function meet(stack: E2eStack, { name }: Customer): Promise<Met> {
  let met: Met = { contact_id: '', conversation_id: '' }
  await expect(async () => {
    const rows = await runQuery<Met & Record<string, unknown>>(
      stack,
      `select i.contact_id, c.id as conversation_id
       from public.contact_identities i join public.conversations c on c.identity_id = i.id
       where i.profile_name = $1`,
      [name],
    )
    expect(rows).toHaveLength(1)
    met = rows[0] ?? met
  }).toPass()
  return met
}

/** One person who wrote from two numbers: one contact, two threads. */
async function meetWithTwoNumbers(page: Page, stack: E2eStack, shop: ConnectedShop) {
  const [one, two] = [await addCustomer(stack, 'Ratna'), await addCustomer(stack, 'Ratih')]
  await write(stack, shop, one, 'Dari nomor pertama')
  const first = await meet(stack, one)
  await write(stack, shop, two, 'Dari nomor kedua')
  const second = await meet(stack, two)
  await page.goto(`/w/${shop.slug}/contacts/merges/new?contacts=${first.contact_id},${second.contact_id}`)
  await page.getByLabel('Why are they the same person?').fill('Said so')
  await page.getByRole('button', { name: 'Merge', exact: true }).click()
  await expect(page).toHaveURL(/\/contacts\/[0-9a-f-]{36}/)
  return { one, two, first, second }
}

test('an admin merges two threads of one person, answers either address, splits a part off and undoes both', async ({
  page,
  stack,
  shop,
}) => {
  const { two, first, second } = await meetWithTwoNumbers(page, stack, shop)
  await page.goto(`/w/${shop.slug}/inbox/${first.conversation_id}`)
  const thread = page.locator('[data-pane=thread]')
  await expect(thread.getByText('Dari nomor pertama')).toBeVisible()
  await thread.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('button', { name: 'Merge with another conversation…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('radio')).toBeChecked()
  await expectNoObstacles(page, { state: 'merge' })
  await dialog.getByLabel('Reason').fill('One person, two numbers')
  await dialog.getByLabel('Reason').press('Tab')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await expect(thread.getByText('Dari nomor kedua')).toBeVisible()
  await expect(thread.getByText('merged another conversation into this one')).toBeVisible()
  const address = thread.getByLabel('Choose which address to write to')
  await expect(address.locator('option')).toHaveCount(2)
  await expect(address).toHaveValue(second.conversation_id)
  await expectNoObstacles(page, { state: 'merged' })

  // What the other account writes shows here; the answer goes to the address that is chosen.
  await write(stack, shop, two, 'Pesan menyusul')
  await expect(thread.getByText('Pesan menyusul')).toBeVisible()
  await address.selectOption(first.conversation_id)
  await thread.getByRole('textbox').fill('Ke nomor pertama')
  await thread.getByRole('textbox').press('Control+Enter')
  await expect(async () => {
    const rows = await runQuery(
      stack,
      `select conversation_id from public.messages
       where text = $1 and wamid is not null and conversation_id in ($2, $3)`,
      ['Ke nomor pertama', first.conversation_id, second.conversation_id],
    )
    expect(rows).toEqual([{ conversation_id: first.conversation_id }])
  }).toPass()

  // Two of the messages become a part of their own.
  const bubble = thread.locator('[data-message]').filter({ hasText: 'Pesan menyusul' })
  await bubble.hover()
  await bubble.getByRole('button', { name: /Actions/ }).click()
  await page.getByRole('button', { name: 'Split off from here on' }).click()
  await expect(dialog.getByRole('status')).toContainText('2 messages go')
  await expectNoObstacles(page, { state: 'split' })
  await dialog.getByLabel('Reason').fill('Another matter')
  await dialog.getByRole('button', { name: 'Split off', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(thread.getByText('Pesan menyusul')).toBeHidden()
  await thread.getByRole('link', { name: 'Open the part' }).click()
  await expect(thread.getByText('Pesan menyusul')).toBeVisible()
  await expect(thread.getByText('nothing can be sent')).toBeVisible()
  await expect(thread.getByRole('textbox')).toBeHidden()
  await expectNoObstacles(page, { state: 'part' })
  await thread.getByRole('link', { name: 'Open the conversation it came from' }).first().click()
  await expect(thread.getByText('Dari nomor pertama')).toBeVisible()
  await thread.locator('[data-event=thread_split]').getByRole('button', { name: 'Undo' }).click()
  await expect(thread.getByText('Pesan menyusul')).toBeVisible()
  await thread.locator('[data-event=thread_merged_in]').getByRole('button', { name: 'Undo' }).click()
  await expect(thread.getByText('Dari nomor kedua')).toBeHidden()
  await expect(thread.getByText('Dari nomor pertama')).toBeVisible()
})

test('an agent proposes to merge two threads, an admin accepts, and the agent reads so', async ({
  page,
  stack,
  shop,
  browser,
}) => {
  const { first, second } = await meetWithTwoNumbers(page, stack, shop)
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } })
  const agent = await context.newPage()
  await signIn(agent, await addAgent(stack, shop, 'Bayu'))
  const propose = async (reason: string) => {
    await agent.goto(`/w/${shop.slug}/inbox/${first.conversation_id}`)
    const thread = agent.locator('[data-pane=thread]')
    // Put there by the scripts that take the page over.
    await agent.locator('#svelte-announcer').waitFor({ state: 'attached' })
    await expect(thread.getByText('Dari nomor pertama')).toBeVisible()
    await thread.getByRole('button', { name: 'More actions' }).click()
    await expect(agent.getByRole('button', { name: 'Split…' })).toBeHidden()
    await agent.getByRole('button', { name: 'Propose a merge…' }).click()
    const dialog = agent.getByRole('dialog')
    await expect(dialog.getByRole('radio')).toBeChecked()
    await expectNoObstacles(agent, { state: 'propose' })
    await dialog.getByLabel('Reason').fill(reason)
    await dialog.getByRole('button', { name: 'Propose', exact: true }).click()
    await expect(dialog).toBeHidden()
    await expect(agent.getByText('Your proposal is waiting')).toBeVisible()
  }
  await propose('Perhaps one person')

  // Rejected with a word, which the agent reads.
  await page.goto(`/w/${shop.slug}/contacts/merges`)
  const proposals = page.locator('[data-proposal]')
  await expect(proposals).toHaveCount(1)
  await expect(proposals.getByText('Bayu')).toBeVisible()
  await expectNoObstacles(page, { state: 'proposal' })
  await proposals.getByLabel('A word on it').fill('Ask her first')
  await proposals.getByRole('button', { name: 'Reject' }).click()
  await expect(proposals.getByText('Rejected')).toBeVisible()
  await agent.goto(`/w/${shop.slug}/contacts/merges`)
  await expect(agent.locator('[data-proposal]').getByText('Ask her first')).toBeVisible()

  await propose('She says that both are hers')
  await page.reload()
  const open = proposals.filter({ hasText: 'both are hers' })
  const links = open.getByRole('link')
  await expect(links).toHaveCount(2)
  expect(await links.evaluateAll((found) => found.map((link) => link.getAttribute('href')))).toEqual(
    [second, first].map(({ conversation_id }) => `/w/${shop.slug}/inbox/${conversation_id}`),
  )
  await open.getByRole('button', { name: 'Accept' }).click()
  await expect(page.getByText('The conversations are one now')).toBeVisible()
  await expect(open.getByText('Accepted')).toBeVisible()
  await expectNoObstacles(page, { state: 'accepted' })

  await agent.goto(`/w/${shop.slug}/contacts/merges`)
  await expect(agent.locator('[data-proposal]').getByText('Accepted')).toBeVisible()
  await agent.goto(`/w/${shop.slug}/inbox/${first.conversation_id}`)
  await expect(agent.locator('[data-pane=thread]').getByText('Dari nomor kedua')).toBeVisible()
  await context.close()
})

test('a quote of what was split off leads to its part', async ({ page, stack, shop }) => {
  const customer = await addCustomer(stack, 'Sekar')
  const say = (news: object) =>
    simulate<{ id: string }>(stack, `/simulator/customers/${customer.id}/messages`, {
      phoneNumberId: shop.number.phoneNumberId,
      ...news,
    })
  const { id } = await say({ text: 'Perkara lama' })
  const { conversation_id } = await meet(stack, customer)
  await say({ text: 'Jadi bagaimana?', replyTo: id })
  await page.goto(`/w/${shop.slug}/inbox/${conversation_id}`)
  const thread = page.locator('[data-pane=thread]')
  const quote = thread.getByRole('button', { name: /In reply to .*Perkara lama/ })
  await expect(quote).toBeVisible()
  const bubble = thread.locator('[data-message]').filter({ hasText: 'Perkara lama' }).first()
  await bubble.hover()
  await bubble.getByRole('button', { name: /Actions/ }).click()
  await page.getByRole('button', { name: 'Split off everything up to here' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('Another matter')
  await dialog.getByRole('button', { name: 'Split off', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(thread.locator('[data-message]')).toHaveCount(1)
  await quote.click()
  await expect(thread.getByText('nothing can be sent')).toBeVisible()
  await expect(page).not.toHaveURL(new RegExp(conversation_id))
  await expect(thread.locator('[data-message]').filter({ hasText: 'Perkara lama' })).toBeFocused()
})
