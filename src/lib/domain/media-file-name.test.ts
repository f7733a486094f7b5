import { describe, expect, it } from 'vitest'
import { mediaFileName } from './media-file-name.ts'

describe('mediaFileName', () => {
  it.each([
    ['Daftar harga 2026.pdf', 'Daftar harga 2026.pdf'],
    ['Größe ñ 日本.xlsx', 'Größe ñ 日本.xlsx'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\Windows\\x.exe', 'C__Windows_x.exe'],
    ['.bashrc', 'bashrc'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\r\nSet-Cookie: x=1.pdf', 'aSet-Cookie_ x=1.pdf'],
    ['a"b<c>.pdf', 'a_b_c_.pdf'],
    ['x\u0000y.pdf', 'xy.pdf'],
    ['  spaced   out .pdf ', 'spaced out .pdf'],
  ])('makes %j %j', (given, expected) => {
    expect(mediaFileName(given, 'document', 'application/pdf')).toBe(expected)
  })

  it('keeps the ending of a long name', () => {
    const name = mediaFileName(`${'a'.repeat(300)}.pdf`, 'document', 'application/pdf')
    expect(name).toHaveLength(120)
    expect(name.endsWith('a.pdf')).toBe(true)
  })

  it('calls what has no name by its kind', () => {
    expect(mediaFileName(null, 'image', 'image/jpeg')).toBe('image.jpg')
    expect(mediaFileName('...', 'document', 'application/pdf')).toBe('document.pdf')
    expect(mediaFileName('', 'document', 'application/x-unknown')).toBe('document')
  })
})
