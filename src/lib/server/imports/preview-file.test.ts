import { expect, test } from 'vitest'
import { previewFile } from './preview-file.ts'

const preview = (text: string) => previewFile(Buffer.from(text))

test('gives the headings and the first rows as they are meant', async () => {
  expect(await preview("Nama; No HP \nBudi;'+62812\n")).toEqual({
    headers: ['Nama', 'No HP'],
    samples: [['Budi', '+62812']],
  })
})

test('cuts what is long between characters', async () => {
  const long = `${'x'.repeat(199)}😀`
  expect(await preview(`${long}\n${long}\n`)).toEqual({
    headers: ['x'.repeat(199)],
    samples: [['x'.repeat(199)]],
  })
})

test('gives what can be read before the place where the file is broken, or cut', async () => {
  const rows = Array.from({ length: 200 }, (_, at) => `Budi ${String(at)},0812\n`).join('')
  const found = await preview(`Nama,HP\n${rows}"x"y\n`)
  expect(found).toMatchObject({ headers: ['Nama', 'HP'] })
  expect('samples' in found && found.samples).toHaveLength(20)
})

test('says why not even the headings can be read, and where', async () => {
  expect(await preview('"Nama,HP\n')).toEqual({ code: 'open_quote', line: 1 })
  expect(await preview('PK\u0003\u0004\0\0\0workbook\0\0')).toEqual({ code: 'not_text', line: null })
  expect(await preview(' \n')).toEqual({ code: 'empty_file', line: null })
})
