import type { Locator, Page } from '@playwright/test'
import { expectNoObstacles } from './obstacles.ts'
import { runQuery } from './query.ts'
import { addCustomer, expect, testInOwnShop, write, type ConnectedShop, type Customer } from './shop.ts'
import type { E2eStack } from './stack.ts'

const test = testInOwnShop()

const rowOf = (page: Page, name: string): Locator =>
  page.getByRole('group', { name: 'List of contacts' }).getByRole('listitem').filter({ hasText: name })
const searchOf = (page: Page): Locator => page.getByRole('searchbox', { name: 'Search contacts' })

/** Somebody who has written, and is a contact by that. */
async function meet(stack: E2eStack, shop: ConnectedShop, firstName: string): Promise<Customer> {
  const customer = await addCustomer(stack, firstName)
  await write(stack, shop, customer, 'Halo')
  await expect
    .poll(() => runQuery(stack, 'select id from public.contacts where name = $1', [customer.name]))
    .toHaveLength(1)
  return customer
}

/** The phone number of an account, as the shop knows it. */
async function phoneOf(stack: E2eStack, { name }: Customer): Promise<string> {
  const [row] = await runQuery<{ phone: string }>(
    stack,
    `select i.phone_normalized as phone from public.contact_identities i
     join public.contacts c on c.id = i.contact_id where c.name = $1`,
    [name],
  )
  return row?.phone ?? ''
}

async function openContacts(page: Page, { slug }: ConnectedShop, query = ''): Promise<void> {
  await page.goto(`/w/${slug}/contacts${query}`)
  await expect(page.getByRole('heading', { level: 1, name: 'Contacts' })).toBeVisible()
}

test('a contact is found by the last digits, renamed, and says where the name is from', async ({
  page,
  stack,
  shop,
}) => {
  const customer = await meet(stack, shop, 'Saraswati')
  await meet(stack, shop, 'Nyoman')
  await page.goto(`/w/${shop.slug}/inbox`)
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Contacts' }).click()
  await expect(rowOf(page, customer.name)).toBeVisible()
  await searchOf(page).fill((await phoneOf(stack, customer)).slice(-8))
  await expect(page).toHaveURL(/q=\d{8}/)
  await expect(rowOf(page, 'Nyoman')).toHaveCount(0)
  await expectNoObstacles(page, { state: 'list' })
  await rowOf(page, customer.name).getByRole('link').click()

  await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible()
  await expect(page.getByText('From WhatsApp').first()).toBeVisible()
  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Ibu Saraswati')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Ibu Saraswati' })).toBeVisible()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  const name = page.locator('dl > div').filter({ has: page.locator('dt', { hasText: /^Name$/ }) })
  await expect(name).toContainText('Typed by the team')
  await name.getByText('History').click()
  await expect(name.getByRole('listitem').first()).toContainText(customer.name)
  await expect(name.getByRole('listitem').first()).toContainText('Ibu Saraswati')
  await expect(name.getByRole('listitem').first()).toContainText('Wulan')
  await expectNoObstacles(page, { state: 'contact' })

  await page.getByRole('link', { name: 'Back to the contacts' }).click()
  await expect(page).toHaveURL(/q=\d{8}/)
  await expect(rowOf(page, 'Ibu Saraswati')).toBeVisible()
})

test('a new contact is shown as its number will be stored, and a known number leads to who has it', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  const customer = await meet(stack, shop, 'Wayan')
  const typed = isMobile ? '0812 0000 4471' : '0812-0000-4472'
  const stored = isMobile ? '+62 812 0000 4471' : '+62 812 0000 4472'
  await openContacts(page, shop)
  await page.getByRole('link', { name: 'New contact' }).click()
  const dialog = page.getByRole('dialog', { name: 'New contact' })
  const phone = dialog.getByLabel('Phone number')
  await phone.fill(await phoneOf(stack, customer))
  await expect(dialog.getByText('This number belongs to')).toContainText(customer.name)
  await expect(dialog.getByRole('link', { name: 'Open this contact' })).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Add contact' })).toBeDisabled()

  await phone.fill(typed)
  await expect(dialog.getByText('Will be stored as')).toContainText(stored)
  await dialog.getByLabel('Name', { exact: true }).fill('Komang Ayu')
  await expectNoObstacles(page, { state: 'new contact' })
  await dialog.getByRole('button', { name: 'Add contact' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Komang Ayu' })).toBeVisible()
  await expect(page.getByText(stored).first()).toBeVisible()
})

test('a field of one’s own is made, filled in and shown', async ({ page, stack, shop, isMobile }) => {
  const customer = await meet(stack, shop, 'Gusti')
  const label = isMobile ? 'Budget' : 'Anggaran'
  await page.goto(`/w/${shop.slug}/settings/contact-fields`)
  await page.getByLabel('Name of the field').fill(label)
  await page.getByLabel('Kind').selectOption('number')
  await page.getByRole('button', { name: 'Create field' }).click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  await expectNoObstacles(page, { state: 'fields' })

  await openContacts(page, shop, `?q=${encodeURIComponent(customer.name)}`)
  await rowOf(page, customer.name).getByRole('link').click()
  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByLabel(label).fill('much')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('This does not fit the field.')).toBeVisible()
  await expect(page.getByLabel(label)).toBeFocused()
  await page.getByLabel(label).fill('1500.5')
  await page.getByRole('button', { name: 'Save' }).click()
  const fact = page.locator('dl > div').filter({ has: page.locator('dt', { hasText: label }) })
  await expect(fact).toContainText('1,500.5')
  await expect(fact).toContainText('Typed by the team')
})

test('many are given an owner at once, with keys on a desk', async ({ page, stack, shop, isMobile }) => {
  const mark = isMobile ? 'Made' : 'Ketut'
  const first = await meet(stack, shop, `${mark} Satu`)
  const second = await meet(stack, shop, `${mark} Dua`)
  await openContacts(page, shop)
  if (isMobile) {
    await searchOf(page).fill(mark)
    await expect(page).toHaveURL(/q=/)
    await page.getByRole('button', { name: 'Select', exact: true }).click()
    await rowOf(page, first.name).getByRole('link').click()
    await rowOf(page, second.name).getByRole('link').click()
  } else {
    await page.keyboard.press('/')
    await expect(searchOf(page)).toBeFocused()
    await page.keyboard.type(mark)
    await expect(page).toHaveURL(/q=/)
    await expect(page.getByRole('group', { name: 'List of contacts' }).getByRole('listitem')).toHaveCount(2)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('x')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('x')
  }
  const bar = page.getByRole('region', { name: 'Change the selected contacts' })
  await expect(bar).toContainText('2 selected')
  await bar.getByRole('button', { name: 'Owner' }).click()
  await page.getByRole('menuitem', { name: 'Wulan (you)' }).click()
  await expect(page.getByText('2 contacts are changed.')).toBeVisible()
  await expect(bar).toHaveCount(0)
  for (const { name } of [first, second]) await expect(rowOf(page, name)).toContainText('Wulan')
})

test('a contact is blocked with a reason, and let in again', async ({ page, stack, shop }) => {
  const customer = await meet(stack, shop, 'Putu')
  await openContacts(page, shop, `?q=${encodeURIComponent(customer.name)}`)
  await rowOf(page, customer.name).getByRole('link').click()
  await page.getByText('Block this contact').click()
  await page.getByLabel('Quarantine').check()
  await page.getByLabel('Reason').fill('Sends the same offer every day')
  await page.getByRole('button', { name: 'Block', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Lift the block' })).toBeVisible()
  await expect(page.getByText('Sends the same offer every day').first()).toBeVisible()
  await expectNoObstacles(page, { state: 'blocked' })
  await openContacts(page, shop, '?blocked=1')
  await expect(rowOf(page, customer.name)).toContainText('In quarantine')
  await rowOf(page, customer.name).getByRole('link').click()
  await page.getByRole('button', { name: 'Lift the block' }).click()
  await expect(page.getByText('Block this contact')).toBeVisible()
})
