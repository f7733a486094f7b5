import type { Browser } from '@playwright/test'
import { expect, openShop, settingsTest as test, signIn } from './shop.ts'

const signedOut = { cookies: [], origins: [] }

/** A browser of its own, in which nobody is signed in. */
async function openBrowser(browser: Browser, locale: string) {
  const context = await browser.newContext({ locale, storageState: signedOut })
  return { page: await context.newPage(), close: () => context.close() }
}

test('an Indonesian browser is met in Indonesian before anybody has signed in', async ({ browser }) => {
  const { page, close } = await openBrowser(browser, 'id-ID')
  await page.goto('/sign-in')
  await expect(page.locator('html')).toHaveAttribute('lang', 'id')
  await expect(page).toHaveTitle('Masuk · my21staff')
  await expect(page.getByRole('heading', { name: 'Masuk' })).toBeVisible()
  await page.locator('[name=email]').fill('nobody@example.com')
  await page.locator('[name=password]').fill('not the password')
  await page.getByRole('button', { name: 'Masuk' }).click()
  await expect(page.getByRole('alert')).toContainText('Email atau kata sandinya tidak benar.')
  await page.goto('/nowhere')
  await expect(page.getByRole('heading', { name: 'Tidak ada apa-apa di alamat ini' })).toBeVisible()
  await close()
})

test.describe('in an Indonesian browser', () => {
  test.use({ locale: 'id-ID' })

  const pages = [
    { path: '', heading: 'Ruang kerja' },
    { path: '/notifications', heading: 'Peramban ini' },
    { path: '/replies', heading: 'Balasan tersimpan' },
    { path: '/you', heading: 'Bahasa' },
    { path: '/keys', heading: 'Tombol tunggal' },
    { path: '/team', heading: 'Anggota' },
    { path: '/hours', heading: 'Jam buka' },
    { path: '/labels', heading: 'Label' },
    { path: '/webhooks', heading: 'Alarm' },
    { path: '/ingestion', heading: 'Menunggu Anda' },
  ]

  test('every page of the settings is Indonesian', async ({ page, shop }) => {
    for (const { path, heading } of pages) {
      await page.goto(`/w/${shop.slug}/settings${path}`)
      await expect(page.getByRole('heading', { name: heading, exact: true })).toBeVisible()
      await expect(page.locator('html')).toHaveAttribute('lang', 'id')
      await expect(page.getByRole('heading', { name: 'Pengaturan', level: 1 })).toBeVisible()
    }
  })

  test('what was typed wrongly is said in Indonesian, numbers as Indonesians write them', async ({
    page,
    shop,
  }) => {
    await page.goto(`/w/${shop.slug}/settings/webhooks`)
    await page.getByLabel('Tanda tangan salah dalam satu jam').fill('1000000')
    await page.getByRole('button', { name: 'Simpan' }).click()
    await expect(page.getByText('Antara 1 dan 100.000.')).toBeVisible()
    await page.goto(`/w/${shop.slug}/settings`)
    await expect(page.getByLabel('Negara').getByRole('option', { name: 'Jerman' })).toBeAttached()
  })
})

test('a member keeps the language that they chose, in every browser', async ({ browser, stack }) => {
  const shop = await openShop(stack, 'Toko Bahasa')
  const first = await openBrowser(browser, 'en-GB')
  await signIn(first.page, shop.owner)
  await first.page.goto(`/w/${shop.slug}/settings/you`)
  await first.page.getByRole('combobox', { name: 'Language' }).selectOption('id')
  await expect(first.page.getByRole('combobox', { name: 'Bahasa' })).toBeVisible()
  await first.close()

  const second = await openBrowser(browser, 'en-GB')
  await signIn(second.page, shop.owner)
  await expect(second.page.locator('html')).toHaveAttribute('lang', 'id')
  await second.page.goto(`/w/${shop.slug}/settings/you`)
  // The page runs, and its scripts speak the same language as what the server wrote.
  const language = second.page.getByRole('combobox', { name: 'Bahasa' })
  await expect(language).toBeEnabled()
  await language.selectOption('')
  await expect(second.page.getByRole('combobox', { name: 'Language' })).toBeVisible()
  await expect(second.page.locator('html')).toHaveAttribute('lang', 'en')
  await second.close()
})
