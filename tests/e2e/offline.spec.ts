import type { BrowserContext, CDPSession, Page } from '@playwright/test'
import { addCustomer, expect, testInOwnShop, write, type ConnectedShop, type Customer } from './shop.ts'

const test = testInOwnShop()

test.use({ serviceWorkers: 'allow' })

async function openSignedIn(context: BrowserContext, shop: ConnectedShop, customer: Customer): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`/w/${shop.slug}/inbox`)
  // From here on the service worker answers for this page.
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await page.getByRole('link').filter({ hasText: customer.name }).click()
  await expect(messagesOf(page).getByText('Sampai jam berapa buka?')).toBeVisible()
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}$/)
  return page
}

const messagesOf = (page: Page) => page.getByRole('region', { name: 'Messages' })

test('the last conversations are there without a network, also after a reload', async ({
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Putri')
  await write(stack, shop, customer, 'Sampai jam berapa buka?')
  const context = await browser.newContext({ storageState: shop.signedIn })
  const page = await openSignedIn(context, shop, customer)
  await page.reload()
  await expect(messagesOf(page).getByText('Sampai jam berapa buka?')).toBeVisible()

  await context.setOffline(true)
  await page.reload()
  await expect(messagesOf(page).getByText('Sampai jam berapa buka?')).toBeVisible()
  await expect(page.locator('[data-live]').filter({ visible: true })).toHaveAttribute('data-live', 'offline')

  await write(stack, shop, customer, 'Saya mampir sore ini')
  await context.setOffline(false)
  await expect(messagesOf(page).getByText('Saya mampir sore ini')).toBeVisible()
  await context.close()
})

test('nothing of it is left for whoever comes after signing out', async ({ browser, stack, shop }) => {
  const customer = await addCustomer(stack, 'Tari')
  await write(stack, shop, customer, 'Sampai jam berapa buka?')
  const context = await browser.newContext({ storageState: shop.signedIn })
  const page = await openSignedIn(context, shop, customer)
  await page.reload()
  const countKept = () => page.evaluate(async () => (await (await caches.open('data')).keys()).length)
  await expect.poll(countKept).toBeGreaterThan(0)
  // A phone shows the account beside the list.
  await page.goto(`/w/${shop.slug}/inbox`)
  await page
    .getByRole('button', { name: /^Account( of .*)?$/ })
    .filter({ visible: true })
    .first()
    .click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/sign-in/)
  await expect.poll(countKept).toBe(0)
  await context.close()
})

test('a push shows the message, brings it here, and leads to it', async ({ browser, stack, shop }) => {
  const customer = await addCustomer(stack, 'Gita')
  await write(stack, shop, customer, 'Sampai jam berapa buka?')
  const context = await browser.newContext({
    storageState: shop.signedIn,
    permissions: ['notifications'],
  })
  const page = await openSignedIn(context, shop, customer)
  const path = new URL(page.url()).pathname
  const devtools = await context.newCDPSession(page)
  const registrationId = await findRegistration(devtools)
  await devtools.send('ServiceWorker.deliverPushMessage', {
    origin: new URL(page.url()).origin,
    registrationId,
    data: JSON.stringify({ tag: 'conversation:1', title: customer.name, body: 'Masih buka?', path }),
  })
  const shown = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready
      return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }))
    })
  await expect.poll(shown).toEqual([{ title: customer.name, body: 'Masih buka?' }])
  const isHere = (address: string) =>
    page.evaluate(async (url) => (await (await caches.open('data')).match(url)) !== undefined, address)
  await expect.poll(() => isHere(new URL(`${path}/messages`, page.url()).href)).toBe(true)
  await context.close()
})

test('a push about what one may not see, or not any more, says only that something came', async ({
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Wulan')
  await write(stack, shop, customer, 'Sampai jam berapa buka?')
  const context = await browser.newContext({ storageState: shop.signedIn, permissions: ['notifications'] })
  const page = await openSignedIn(context, shop, customer)
  const devtools = await context.newCDPSession(page)
  const registrationId = await findRegistration(devtools)
  await devtools.send('ServiceWorker.deliverPushMessage', {
    origin: new URL(page.url()).origin,
    registrationId,
    data: JSON.stringify({
      tag: 'conversation:2',
      title: 'Ibu Rahasia',
      body: 'Alamat saya',
      path: `/w/${shop.slug}/inbox/${crypto.randomUUID()}`,
    }),
  })
  const shown = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready
      return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }))
    })
  await expect.poll(shown).toEqual([{ title: 'my21staff', body: '' }])
  await context.close()
})

test('what is refused is kept no more, and nothing once somebody may be signing in', async ({
  browser,
  stack,
  shop,
}) => {
  const customer = await addCustomer(stack, 'Yanti')
  await write(stack, shop, customer, 'Sampai jam berapa buka?')
  const context = await browser.newContext({ storageState: shop.signedIn })
  const page = await openSignedIn(context, shop, customer)
  const left = await page.evaluate(async (slug) => {
    const isKept = async (path: string) => (await (await caches.open('data')).match(path)) !== undefined
    const keep = async (path: string) => (await caches.open('data')).put(path, new Response('Rahasia'))
    // A conversation that went out of sight since it was looked at.
    const gone = `/w/${slug}/inbox/${crypto.randomUUID()}/messages`
    const mine = `/w/${slug}/inbox/setup`
    await keep(gone)
    await keep(mine)
    await (await fetch(gone)).text()
    const afterRefusal = [await isKept(gone), await isKept(mine)]
    await (
      await fetch('/sign-in', { method: 'POST', body: new URLSearchParams({ email: 'a@example.com' }) })
    ).text()
    const afterPost = await isKept(mine)
    await keep(mine)
    await (await fetch('/sign-in/__data.json')).text()
    return { afterRefusal, afterPost, afterLink: await isKept(mine) }
  }, shop.slug)
  expect(left).toEqual({ afterRefusal: [false, true], afterPost: false, afterLink: false })
  await context.close()
})

async function findRegistration(devtools: CDPSession): Promise<string> {
  return new Promise((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [registration] = registrations
      if (registration) resolve(registration.registrationId)
    })
    void devtools.send('ServiceWorker.enable')
  })
}
