import type { Page } from '@playwright/test'
import { addAgent } from './members.ts'
import { expect, settingsTest as test } from './shop.ts'
import { expectNoObstacles } from './obstacles.ts'

async function expectPlainPage(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await expectNoObstacles(page, { themes: [colorScheme], advice: true })
    const picture = `${test.info().titlePath.at(-1) ?? ''} ${colorScheme}`
    await page.screenshot({ path: test.info().outputPath(`${picture}.png`), fullPage: true })
    const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
    expect(isWider).toBe(false)
  }
}

test('an owner makes a team and says who sees what', async ({ page, stack, shop }) => {
  const name = `Sari ${test.info().project.name}`
  const team = `Penjualan ${test.info().project.name}`
  await addAgent(stack, shop, name)
  await page.goto(`/w/${shop.slug}/settings/team`)
  await page.getByLabel('New team').fill(team)
  await page.getByRole('button', { name: 'Create team' }).click()
  const item = page.getByRole('listitem').filter({ hasText: `Change ${team}` })
  await expect(item.getByRole('status')).toHaveText('Saved')

  await item.locator('summary').first().click()
  await item.getByRole('checkbox', { name }).check()
  await item.getByRole('checkbox', { name: shop.number.displayPhone }).check()
  await item.getByRole('button', { name: 'Save' }).click()
  await expect(item).toContainText('1 member · 1 number')

  const member = page.getByRole('listitem').filter({ hasText: `Change ${name}` })
  await member.locator('summary').first().click()
  await member.getByLabel('Sees', { exact: true }).selectOption('team')
  await member.getByLabel('Open conversations at most').fill('many')
  await member.getByRole('button', { name: 'Save' }).click()
  await expect(member.getByText('Give a whole number from 0 to 1,000, or nothing.')).toBeVisible()
  await member.getByLabel('Open conversations at most').fill('12')
  await member.getByLabel('Monday, from').fill('09:00')
  await member.getByLabel('Monday, until').fill('17:00')
  await expectPlainPage(page)
  await member.getByRole('button', { name: 'Save' }).click()
  await expect(member.getByRole('status')).toHaveText('Saved')
  await expect(member).toContainText('Sees their teams’')
  await page.reload()
  await member.locator('summary').first().click()
  await expect(member.getByLabel('Open conversations at most')).toHaveValue('12')
  await expect(member.getByLabel('Monday, until')).toHaveValue('17:00')

  await member.getByText('Remove from workspace').click()
  await member.getByRole('button', { name: `Remove ${name}` }).click()
  await expect(member).toHaveCount(0)
  await item.locator('summary').first().click()
  await item.getByText('Delete team').click()
  await item.getByRole('button', { name: `Delete ${team}` }).click()
  await expect(item).toHaveCount(0)
})

test('somebody who is invited makes an account, joins, and sees what they may', async ({
  browser,
  page,
  shop,
}) => {
  await page.goto(`/w/${shop.slug}/settings/team`)
  const form = page.getByRole('form', { name: 'Invite somebody' })
  const email = `tamu-${test.info().project.name}@example.com`
  await form.getByLabel('E-mail').fill(email)
  await form.getByLabel('Sees').selectOption('own')
  await form.getByRole('button', { name: 'Make invitation link' }).click()
  const link = form.locator('code')
  await expect(link).toHaveText(/\/invitations\/[\w-]{43}$/)
  await expect(page.getByRole('listitem').filter({ hasText: email })).toContainText('Agent · until')
  await expectPlainPage(page)
  const address = (await link.textContent()) ?? ''
  await page.reload()
  await expect(page.locator('code')).toHaveCount(0)

  const context = await browser.newContext({
    viewport: page.viewportSize(),
    storageState: { cookies: [], origins: [] },
  })
  const theirs = await context.newPage()
  await theirs.goto(address)
  await expect(theirs.getByRole('heading', { name: `Join ${shop.name}` })).toBeVisible()
  await expectPlainPage(theirs)
  await theirs.getByRole('link', { name: 'Create an account' }).click()
  await expect(theirs.getByLabel('E-mail')).toHaveValue(email)
  await theirs.getByLabel('Your name').fill('Dewi Tamu')
  await theirs.getByLabel('Password').fill('a long enough password')
  await theirs.getByRole('button', { name: 'Create account' }).click()
  await expect(theirs.getByText(`You join as ${email}.`)).toBeVisible()
  await expectPlainPage(theirs)
  await theirs.getByRole('button', { name: 'Join' }).click()
  await expect(theirs).toHaveURL(new RegExp(`/w/${shop.slug}/inbox`))

  await page.reload()
  const member = page.getByRole('listitem').filter({ hasText: 'Change Dewi Tamu' })
  await expect(member).toContainText('Sees their own')
  await expect(page.getByRole('listitem').filter({ hasText: email })).toHaveCount(0)

  await form.getByRole('button', { name: 'Make invitation link' }).click()
  await expect(link).toBeVisible()
  const another = (await link.textContent()) ?? ''
  await page.getByRole('button', { name: 'Take back the invitation of Whoever has the link' }).click()
  await expect(page.getByText('Waiting to join')).toHaveCount(0)
  await theirs.goto(another)
  await expect(theirs.getByRole('heading', { name: 'This invitation is no longer good' })).toBeVisible()
  await context.close()
})

test('what was opened before the page’s scripts came stays open', async ({ page, shop }) => {
  const release = Promise.withResolvers<undefined>()
  await page.route(/\.js$/, async (route) => {
    await release.promise
    await route.continue()
  })
  await page.goto(`/w/${shop.slug}/settings/team`, { waitUntil: 'commit' })
  const owner = page.getByRole('listitem').filter({ hasText: 'Change Wulan' })
  await owner.locator('summary').first().click()
  release.resolve(undefined)
  // Put there by the scripts, once they have taken the page over.
  await expect(page.locator('#svelte-announcer')).toBeAttached()
  await expect(owner.getByRole('button', { name: 'Save' })).toBeVisible()
})

test('the last owner stays', async ({ page, shop }) => {
  await page.goto(`/w/${shop.slug}/settings/team`)
  const owner = page.getByRole('listitem').filter({ hasText: 'Change Wulan' })
  await owner.locator('summary').first().click()
  await owner.getByLabel('Role', { exact: true }).selectOption('agent')
  await owner.getByRole('button', { name: 'Save' }).click()
  await expect(owner.getByRole('alert')).toContainText('A workspace keeps one owner at least.')
})

test('an owner sets business hours and an away message', async ({ page, shop }) => {
  await page.goto(`/w/${shop.slug}/settings/hours`)
  await page.getByLabel('Tuesday, from').fill('17:00')
  await page.getByLabel('Tuesday, until').fill('09:00')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('A time ends before it begins.')).toBeVisible()
  await page.getByLabel('Tuesday, from').fill('09:00')
  await page.getByLabel('Tuesday, until').fill('12:00')
  await page.getByRole('button', { name: 'Add hours on Tuesday' }).click()
  await page.getByLabel('Tuesday, from').nth(1).fill('13:00')
  await page.getByLabel('Tuesday, until').nth(1).fill('00:00')
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Kami kembali besok pagi.')
  await page.getByLabel('Give new conversations out by turns').check()
  await page.getByLabel('Mark as read at the customer').selectOption('on_reply')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Saved' })).toBeVisible()
  await page.reload()
  await expect(page.getByLabel('Tuesday, until').nth(1)).toHaveValue('00:00')
  await expect(page.getByRole('textbox', { name: 'Message', exact: true })).toHaveValue(
    'Kami kembali besok pagi.',
  )
  await expect(page.getByLabel('Give new conversations out by turns')).toBeChecked()
  await expectPlainPage(page)
  await page.getByLabel('Give new conversations out by turns').uncheck()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Saved' })).toBeVisible()
})

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false })

  test('an owner makes, changes and deletes a label', async ({ page, shop }) => {
    const label = `Grosir ${test.info().project.name}`
    await page.goto(`/w/${shop.slug}/settings/labels`)
    const make = page.locator('form[action="?/create"]')
    await make.getByLabel('Name').fill(label)
    await make.getByRole('radio', { name: 'Violet' }).check()
    await make.getByRole('button', { name: 'Create label' }).click()
    const item = page.getByRole('listitem').filter({ hasText: `Change ${label}` })
    await expect(item).toContainText('0 conversations')
    await make.getByLabel('Name').fill(label.toUpperCase())
    await make.getByRole('button', { name: 'Create label' }).click()
    await expect(make.getByText('There is one of this name already.')).toBeVisible()

    await item.locator('summary').first().click()
    await expect(item.getByRole('radio', { name: 'Violet' })).toBeChecked()
    await item.getByLabel('Name').fill(`${label} besar`)
    await item.getByRole('button', { name: 'Save' }).click()
    const renamed = page.getByRole('listitem').filter({ hasText: `Change ${label} besar` })
    await renamed.locator('summary').first().click()
    await renamed.getByText('Delete label').click()
    await renamed.getByRole('button', { name: `Delete ${label} besar` }).click()
    await expect(renamed).toHaveCount(0)
  })
})

test('labels have no obstacles', async ({ page, shop }) => {
  const label = `Ecer ${test.info().project.name}`
  await page.goto(`/w/${shop.slug}/settings/labels`)
  await page.getByLabel('Name').last().fill(label)
  await page.getByRole('radio', { name: 'Blue' }).last().check()
  await page.getByRole('button', { name: 'Create label' }).click()
  const item = page.getByRole('listitem').filter({ hasText: `Change ${label}` })
  await item.locator('summary').first().click()
  await expectPlainPage(page)
})
