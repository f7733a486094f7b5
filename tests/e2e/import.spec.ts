import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { expectNoObstacles } from './obstacles.ts'
import { runQuery } from './query.ts'
import { expect, testInOwnShop, type ConnectedShop } from './shop.ts'

const test = testInOwnShop()

/** The rows of an import, as they are listed. */
const rowsOf = (page: Page): Locator => page.locator('[data-rows] > li')
const filterOf = (page: Page, name: string): Locator =>
  page.getByRole('navigation', { name: 'Rows of the file' }).getByRole('link', { name })

async function upload(page: Page, { slug }: ConnectedShop, name: string, text: string): Promise<void> {
  await page.goto(`/w/${slug}/contacts/import`)
  await page
    .getByLabel('Choose a CSV file')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
}

async function importAll(page: Page, shop: ConnectedShop, name: string, text: string): Promise<void> {
  await upload(page, shop, name, text)
  await page.getByRole('button', { name: 'Check the file' }).click()
  await page.getByRole('button', { name: /^Import \d/ }).click()
  await expect(page.getByText('Imported', { exact: true })).toBeVisible()
}

/** Of this test's own: both window sizes may share the shop. */
const newNumber = () => `+6281200${String(randomInt(100_000, 1_000_000))}`

test('a list is uploaded, looked at row by row, imported and undone', async ({ page, stack, shop }) => {
  const [known, fresh] = [newNumber(), newNumber()]
  await importAll(page, shop, 'before.csv', `Nama,No HP\nIbu Lama,${known}\n`)

  await upload(
    page,
    shop,
    'customers.csv',
    [
      'Nama,No HP,Email,Catatan',
      `Pak Baru,${fresh.replace('+62', '0')},baru@example.com,x`,
      `Ibu Lama Sekali,${known},,`,
      `Dobel,${fresh},,`,
      'Rusak,0812,,',
      '',
    ].join('\n'),
  )
  await expect(page.getByLabel('Nama holds')).toHaveValue('name')
  await expect(page.getByLabel('No HP holds')).toHaveValue('phone')
  await expect(page.getByLabel('Email holds')).toHaveValue('email')
  await expect(page.getByLabel('Catatan holds')).toHaveValue('')
  await expect(page.getByText('Pak Baru')).toBeVisible()
  await expectNoObstacles(page, { state: 'columns' })

  await page.getByRole('button', { name: 'Check the file' }).click()
  await expect(rowsOf(page)).toHaveCount(4)
  await expect(rowsOf(page).filter({ hasText: 'Pak Baru' })).toContainText('New')
  await expect(rowsOf(page).filter({ hasText: 'Ibu Lama Sekali' })).toContainText('Changed')
  await expect(rowsOf(page).filter({ hasText: 'Dobel' })).toContainText('The same person as in line 2')
  await expect(rowsOf(page).filter({ hasText: 'Rusak' })).toContainText('No HP: This is no phone number')
  await expectNoObstacles(page, { state: 'rows' })
  await filterOf(page, 'Problem').click()
  await expect(rowsOf(page)).toHaveCount(1)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the rows with problems' }).click(),
  ])
  expect(await readFile(await download.path(), 'utf8')).toBe(
    '\ufeffLine,Problem,Nama,No HP,Email,Catatan\r\n5,No HP: This is no phone number,Rusak,0812,,\r\n',
  )

  await page.getByRole('button', { name: 'Import 2 rows' }).click()
  await expect(page.getByText('Contacts added: 1. Contacts changed: 1.')).toBeVisible()
  await page.getByRole('link', { name: 'See the contacts' }).click()
  const list = page.getByRole('group', { name: 'List of contacts' }).getByRole('listitem')
  await expect(list.filter({ hasText: 'Pak Baru' }).first()).toBeVisible()
  await expect(list.filter({ hasText: 'Ibu Lama Sekali' }).first()).toBeVisible()

  await page.goBack()
  await page.getByText('Undo this import').click()
  await page.getByRole('button', { name: 'Undo the import' }).click()
  await expect(page.getByText('Taken out: 1. Put back as they were: 1.')).toBeVisible()
  await expect(rowsOf(page).filter({ hasText: 'Pak Baru' })).toContainText('Taken out')
  await expectNoObstacles(page, { state: 'undone' })
  expect(
    await runQuery(stack, 'select contact_id from public.contact_identities where phone_normalized = $1', [
      fresh,
    ]),
  ).toEqual([])
})

test('what staff has done since an import stays when it is undone, and is named', async ({ page, shop }) => {
  await importAll(page, shop, 'one.csv', `Name,Phone\nKadek,${newNumber()}\n`)
  await rowsOf(page).getByRole('link', { name: 'Kadek' }).click()
  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Kadek Sayang')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Kadek Sayang' })).toBeVisible()

  await page.goto(`/w/${shop.slug}/contacts/import`)
  await expectNoObstacles(page, { state: 'list' })
  await page.getByRole('link', { name: 'one.csv' }).first().click()
  await page.getByText('Undo this import').click()
  await page.getByRole('button', { name: 'Undo the import' }).click()
  await expect(rowsOf(page)).toContainText('Changed since, so it stays: Name')
})

test('an export that is imported as it is changes nothing', async ({ page, shop }) => {
  await importAll(
    page,
    shop,
    'some.csv',
    `Name,Phone,Email\nTanpa Nomor,,tanpa@example.com\n=Rumus,${newNumber()},\n`,
  )
  await page.goto(`/w/${shop.slug}/contacts`)
  const answer = await page.request.get(`/w/${shop.slug}/contacts/export`)
  const text = await answer.text()
  expect(text).toContain('Tanpa Nomor')
  await upload(page, shop, 'export.csv', text)
  await page.getByRole('button', { name: 'Check the file' }).click()
  await expect(page.getByText('There is nothing to import')).toBeVisible()
  await expect(filterOf(page, 'Problem')).toHaveCount(0)
})

test('a file that is no CSV is refused in words, and nothing is imported', async ({ page, shop }) => {
  await upload(page, shop, 'workbook.csv', 'PK\u0003\u0004\0\0\0workbook\0\0')
  await expect(page.getByText('This is no CSV file.')).toBeVisible()
  await upload(page, shop, 'quote.csv', 'Name,Phone\n"Budi,0812\nAni,0813\n')
  await page.getByRole('button', { name: 'Check the file' }).click()
  await expect(page.getByText('Line 2: A quotation mark is opened here and never closed.')).toBeVisible()
  await expect(page.getByText('Nothing was imported.')).toBeVisible()
})
