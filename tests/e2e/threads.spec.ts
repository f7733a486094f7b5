import { expectNoObstacles } from './obstacles.ts'
import { runQuery } from './query.ts'
import { addCustomer, expect, testInOwnShop, write, type Customer } from './shop.ts'
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

test('an admin merges two threads of one person, answers either address, splits a part off and undoes both', async ({
  page,
  stack,
  shop,
}) => {
  const [one, two] = [await addCustomer(stack, 'Ratna'), await addCustomer(stack, 'Ratih')]
  await write(stack, shop, one, 'Dari nomor pertama')
  const first = await meet(stack, one)
  await write(stack, shop, two, 'Dari nomor kedua')
  const second = await meet(stack, two)
  const base = `/w/${shop.slug}`
  await page.goto(`${base}/contacts/merges/new?contacts=${first.contact_id},${second.contact_id}`)
  await page.getByLabel('Why are they the same person?').fill('Said so')
  await page.getByRole('button', { name: 'Merge', exact: true }).click()
  await expect(page).toHaveURL(/\/contacts\/[0-9a-f-]{36}/)

  await page.goto(`${base}/inbox/${first.conversation_id}`)
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
