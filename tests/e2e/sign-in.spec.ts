import { randomBytes } from 'node:crypto'
import { expect, test, type Browser, type Page } from '@playwright/test'
import { mailsTo } from '../support/mail.ts'
import { expectNoObstacles } from './obstacles.ts'

const embeddedDirectory = process.env['EMBEDDED_DIR'] ?? '.embedded'
const password = 'a long enough password'

function newPerson() {
  return { name: 'Ayu Lestari', email: `ayu-${randomBytes(4).toString('hex')}@example.com`, password }
}

async function signUp(page: Page, person = newPerson()) {
  await page.goto('/sign-up')
  await page.getByLabel('Your name').fill(person.name)
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'Set up your workspace' })).toBeVisible()
  return person
}

async function makeWorkspace(page: Page, name: string) {
  await page.getByLabel('Company name').fill(name)
  await page.getByRole('button', { name: 'Create workspace' }).click()
  await expect(page).toHaveURL(/\/w\/[a-z0-9-]+\/inbox$/)
}

async function signIn(page: Page, email: string, secret: string) {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function signOut(page: Page) {
  await page
    .getByRole('button', { name: /^Account/ })
    .filter({ visible: true })
    .click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
}

/** Wide screens have a button for it, phones keep it with the account. */
function openWorkspaces(page: Page) {
  return page
    .getByRole('button', { name: /Switch workspace|^Account$/ })
    .filter({ visible: true })
    .first()
    .click()
}

/** A browser of its own. */
async function openElsewhere(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}) {
  const context = await browser.newContext(options)
  return { page: await context.newPage(), close: () => context.close() }
}

test('a new owner signs up, sets up a workspace, signs out and comes back to it', async ({ page }) => {
  const { email } = await signUp(page)
  await makeWorkspace(page, 'Toko Bunga Ayu')
  const inbox = new URL(page.url()).pathname

  await page.goto('/')
  await expect(page).toHaveURL(inbox)
  await signOut(page)

  await page.goto(inbox)
  await expect(page).toHaveURL(`/sign-in?next=${encodeURIComponent(inbox)}`)
  await signIn(page, email, 'not the password')
  await expect(page.getByRole('alert')).toContainText('The e-mail or the password is not right.')
  await expect(page.getByLabel('E-mail')).toHaveValue(email)
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('')
  await signIn(page, email, password)
  await expect(page).toHaveURL(inbox)
})

test('a member of two workspaces switches between them, and comes back to the last one', async ({ page }) => {
  await signUp(page)
  await makeWorkspace(page, 'Toko Satu')
  const first = page.url()
  await openWorkspaces(page)
  await page.getByRole('menuitem', { name: 'New workspace' }).click()
  await makeWorkspace(page, 'Toko Dua')
  const second = page.url()
  expect(second).not.toBe(first)

  await openWorkspaces(page)
  await page.getByRole('menuitemradio', { name: 'Toko Satu' }).click()
  await expect(page).toHaveURL(first)
  await openWorkspaces(page)
  await expect(page.getByRole('menuitemradio', { name: 'Toko Satu' })).toBeChecked()
  await page.goto('/')
  await expect(page).toHaveURL(first)
})

test('the form proposes the time zone and the country that the browser stands in', async ({ browser }) => {
  const { page, close } = await openElsewhere(browser, { timezoneId: 'Asia/Singapore' })
  await signUp(page)
  await expect(page.getByLabel('Time zone')).toHaveValue('Asia/Singapore')
  await expect(page.getByLabel('Country')).toHaveValue('SG')
  await close()
})

test('a second tab stays signed in, and is signed out with the first', async ({ page, context }) => {
  await signUp(page)
  await makeWorkspace(page, 'Two tabs')
  const second = await context.newPage()
  await second.goto('/')
  await expect(second).toHaveURL(/\/inbox$/)
  await signOut(page)
  await second.reload()
  await expect(second.getByRole('heading', { name: 'Sign in' })).toBeVisible()
})

test('a forgotten password is replaced through the mail, once', async ({ page, request, browser }) => {
  const { page: owner, close } = await openElsewhere(browser)
  const { email } = await signUp(owner)
  await close()

  await page.goto('/sign-in')
  await page.getByRole('link', { name: 'Forgot password?' }).click()
  await expect(page.getByRole('heading', { name: 'Forgot your password?' })).toBeVisible()
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('button', { name: 'Send link' }).click()
  await expect(page.getByText(`If there is an account for ${email}`)).toBeVisible()

  await expect.poll(async () => (await mailsTo(embeddedDirectory, email)).length).toBe(1)
  const [mail] = await mailsTo(embeddedDirectory, email)
  const link = mail?.link ?? ''
  // A program that looks into mails opens the link first; it must still work for the person.
  expect((await request.get(link)).status()).toBe(200)
  await page.goto(link)
  await page.getByLabel('New password').fill('short')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByLabel('New password')).toHaveJSProperty('validity.valid', false)
  await page.getByLabel('New password').fill('another long password')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Your password is changed.')).toBeVisible()

  await signIn(page, email, password)
  await expect(page.getByRole('alert')).toContainText('not right')
  await signIn(page, email, 'another long password')
  await expect(page.getByRole('heading', { name: 'Set up your workspace' })).toBeVisible()

  await page.goto(link)
  await page.getByLabel('New password').fill('a third long password')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
})

test('all of it works without scripts', async ({ browser }) => {
  const { page, close } = await openElsewhere(browser, { javaScriptEnabled: false })
  const person = newPerson()
  await page.goto('/sign-up')
  await page.getByLabel('Your name').fill(person.name)
  await page.getByLabel('E-mail').fill('ayu@localhost')
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByText('This does not look like an e-mail address.')).toBeVisible()
  await expect(page.getByLabel('Your name')).toHaveValue(person.name)
  await expect(page.getByLabel('E-mail')).toHaveValue('ayu@localhost')
  await expect(page.getByLabel('Password')).toHaveValue('')
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await signIn(page, person.email, person.password)
  await makeWorkspace(page, 'Without scripts')
  await close()
})

test('screen readers and low contrast are no obstacle', async ({ page }) => {
  for (const path of ['/sign-in', '/sign-up', '/forgot-password', '/reset-password']) {
    await page.goto(path)
    await expectNoObstacles(page, { state: path, advice: true })
  }
  await page.goto('/sign-in')
  await signIn(page, 'nobody@example.com', 'not the password')
  await expect(page.getByRole('alert')).toBeVisible()
  await expectNoObstacles(page, { state: 'refused', advice: true })
  await signUp(page)
  await expectNoObstacles(page, { state: 'signed up', advice: true })
})
