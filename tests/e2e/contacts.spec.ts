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

test('a list is kept as a view with its count, shared, and comes back when it was deleted', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  const name = isMobile ? 'Tanpa penanggung jawab' : 'Nobody’s'
  const customer = await meet(stack, shop, 'Laksmi')
  await openContacts(page, shop, '?owner=none')
  await page.getByRole('button', { name: 'Save as a view' }).click()
  const dialog = page.getByRole('dialog', { name: 'Save this view' })
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('Give the view a name.')).toBeVisible()
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Share with everybody').check()
  await expectNoObstacles(page, { state: 'naming a view' })
  await dialog.getByRole('button', { name: 'Save' }).click()
  const views = page.getByRole('navigation', { name: 'Views' })
  const tab = views.getByRole('link', { name })
  await expect(tab).toHaveAttribute('aria-current', 'true')
  await expect(tab).toContainText(/\d+ contacts?/)
  await expect(page).toHaveURL(/saved=/)

  await views.getByRole('link', { name: 'All' }).click()
  await expect(page).not.toHaveURL(/saved=/)
  await page.reload()
  await tab.click()
  await expect(page).toHaveURL(/owner=none/)
  await expect(rowOf(page, customer.name)).toBeVisible()
  await expectNoObstacles(page, { state: 'view' })
  await searchOf(page).fill('Laksmi')
  await expect(page).toHaveURL(/q=Laksmi/)
  const options = page.getByRole('button', { name: `What to do with the view ${name}` })
  await options.click()
  await page.getByRole('menuitem', { name: 'Save changes to the view' }).click()
  await expect(page.getByText(`The view ${name} is saved.`)).toBeVisible()
  // On a phone what was just said lies over the tabs for a while.
  await openContacts(page, shop)
  await tab.click()
  await expect(searchOf(page)).toHaveValue('Laksmi')

  await options.click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(tab).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(tab).toHaveAttribute('aria-current', 'true')
})

test('many are blocked at once with a reason, and it is taken back', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  const mark = isMobile ? 'Raka' : 'Rangga'
  const first = await meet(stack, shop, `${mark} Satu`)
  const second = await meet(stack, shop, `${mark} Dua`)
  await openContacts(page, shop, `?q=${mark}`)
  if (isMobile) await page.getByRole('button', { name: 'Select', exact: true }).click()
  await page.getByRole('checkbox', { name: 'Select all that are shown' }).check({ force: true })
  const bar = page.getByRole('region', { name: 'Change the selected contacts' })
  await expect(bar).toContainText('2 selected')
  await bar.getByRole('button', { name: 'Block' }).click()
  const dialog = page.getByRole('dialog', { name: 'Block the selected contacts' })
  await dialog.getByLabel('Quarantine').check()
  await dialog.getByLabel('Reason').fill('Sends the same offer every day')
  await dialog.getByLabel('Until', { exact: true }).fill('2020-01-01')
  await dialog.getByRole('button', { name: 'Block' }).click()
  await expect(dialog.getByText('The block has to end in the future.')).toBeVisible()
  await dialog.getByLabel('Until', { exact: true }).fill('2099-01-01')
  await expectNoObstacles(page, { state: 'blocking many' })
  await dialog.getByRole('button', { name: 'Block' }).click()
  await expect(page.getByText('2 contacts are blocked.')).toBeVisible()
  for (const { name } of [first, second]) await expect(rowOf(page, name)).toContainText('In quarantine')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('Taken back for 2 contacts.')).toBeVisible()
  for (const { name } of [first, second]) await expect(rowOf(page, name)).not.toContainText('In quarantine')
})

test('labels and notes are put on a contact and taken off on its page', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  const label = isMobile ? 'Grosir' : 'Reseller'
  await runQuery(
    stack,
    `insert into labels (workspace_id, name, colour) select id, $2, 'violet' from workspaces where slug = $1`,
    [shop.slug, label],
  )
  const customer = await meet(stack, shop, 'Intan')
  await openContacts(page, shop, `?q=${encodeURIComponent(customer.name)}`)
  await rowOf(page, customer.name).getByRole('link').click()
  await page.getByLabel('Label to add').selectOption({ label })
  await page.getByRole('button', { name: 'Add label' }).click()
  const taken = page.getByRole('button', { name: `Take off the label ${label}` })
  await expect(taken).toBeVisible()
  await page.getByLabel('New note').fill('Call in the morning')
  await page.getByRole('button', { name: 'Add note' }).click()
  const notes = page.getByRole('region', { name: 'Notes' })
  await expect(notes.getByRole('listitem')).toContainText('Call in the morning')
  await expect(page.getByLabel('New note')).toHaveValue('')
  await expectNoObstacles(page, { state: 'labels and notes' })
  await notes.getByRole('button', { name: 'Delete note' }).click()
  await expect(notes.getByRole('listitem')).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(notes.getByRole('listitem')).toContainText('Call in the morning')
  await taken.click()
  await expect(taken).toHaveCount(0)
  await page.getByRole('button', { name: 'Add note' }).click()
  await expect(page.getByText('Write something first.')).toBeVisible()
})

test('somebody typed in is labelled and annotated before they write, and found by the label', async ({
  page,
  stack,
  shop,
  isMobile,
}) => {
  const label = isMobile ? 'Fair' : 'Pameran'
  const name = isMobile ? 'Ratih Kusuma' : 'Ratna Kusuma'
  await runQuery(
    stack,
    `insert into labels (workspace_id, name, colour) select id, $2, 'green' from workspaces where slug = $1`,
    [shop.slug, label],
  )
  // Their number is known from elsewhere, as from the list of a fair.
  const customer = await addCustomer(stack, name)
  await page.goto(`/w/${shop.slug}/contacts?new`)
  const dialog = page.getByRole('dialog', { name: 'New contact' })
  await dialog.getByLabel('Phone number').fill(`+${customer.phone}`)
  await dialog.getByLabel('Name', { exact: true }).fill(name)
  await dialog.getByRole('button', { name: 'Add contact' }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()

  await expect(page.getByText('the label is put on the contact')).toBeVisible()
  await page.getByLabel('Label to add').selectOption({ label })
  await page.getByRole('button', { name: 'Add label' }).click()
  await expect(page.getByRole('button', { name: `Take off the label ${label}` })).toBeVisible()
  await page.getByLabel('New note').fill('Asked for the price list')
  await page.getByRole('button', { name: 'Add note' }).click()
  const notes = page.getByRole('region', { name: 'Notes' })
  await expect(notes.getByRole('listitem')).toContainText('Asked for the price list')
  await expect(notes.getByRole('listitem')).toContainText('On the contact')
  await expect(page.getByText(new RegExp(`Label .?${label}.? put on the contact`))).toBeVisible()
  await expectNoObstacles(page, { state: 'labels and notes of a contact itself' })

  await openContacts(page, shop)
  await page.getByRole('button', { name: 'Filter and sort' }).click()
  await page.getByRole('dialog', { name: 'Filter and sort' }).getByLabel('Label').selectOption({ label })
  await expect(page).toHaveURL(/label=/)
  await expect(page.getByRole('group', { name: 'List of contacts' }).getByRole('listitem')).toHaveCount(1)
  await page.keyboard.press('Escape')
  await expect(rowOf(page, name)).toBeVisible()

  // Once they write, what was said of them stands beside the thread.
  await write(stack, shop, customer, 'Halo')
  await rowOf(page, name).getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect
    .poll(async () => {
      await page.reload()
      return page.getByRole('region', { name: 'Conversations' }).getByRole('link').count()
    })
    .toBe(1)
  await page.getByRole('region', { name: 'Conversations' }).getByRole('link').click()
  await expect(page).toHaveURL(/\/inbox\//)
  if (isMobile) {
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Contact details' }).click()
  }
  const pane = page.getByRole('complementary', { name: 'Contact details' })
  await expect(pane.getByRole('heading', { name: 'On the contact' })).toBeVisible()
  await expect(pane.getByRole('list', { name: 'Labels' })).toContainText(label)
  await expect(pane).toContainText('Asked for the price list')
  await expectNoObstacles(page, { state: 'pane' })
})
