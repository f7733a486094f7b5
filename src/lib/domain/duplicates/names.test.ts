import { describe, expect, test } from 'vitest'
import { readNameWords, soundOf } from './names.ts'

describe('words of a name', () => {
  test.each([
    ['Pak Budi Santoso', ['budi', 'santoso']],
    ['BUDI  SANTOSO, S.Kom.', ['budi', 'santoso']],
    ['Mr. Budi Santoso (Toko Jaya)', ['budi', 'santoso']],
    ['🌸 Búdi Santosó 🌸', ['budi', 'santoso']],
    ['ＢＵＤＩ Santoso', ['budi', 'santoso']],
    ['Boedi Santosso', ['budi', 'santoso']],
    ['Djoko Tjahjono', ['joko', 'cahjono']],
    ['Moh. Yusup', ['muhammad', 'yusuf']],
    ["Nur'aini", ['nuraini']],
    ['B. Santoso', ['b', 'santoso']],
    ['山田太郎', ['山田太郎']],
    ['Ибрагим Ахмедов', ['ибрагим', 'ахмедов']],
  ])('of %j are %j', (name, words) => {
    expect(readNameWords(name)).toEqual(words)
  })

  test('keep a title that is all there is', () => {
    expect(readNameWords('Bu Haji')).toEqual(['bu', 'haji'])
  })

  test.each(['', '   ', '🌸', '12345'])('are none in %j', (name) => {
    expect(readNameWords(name)).toEqual([])
  })

  test.each([
    ['fitri', 'vitry'],
    ['zainal', 'sainal'],
    ['catherine', 'katrin'],
    ['widya', 'widia'],
  ])('%s sounds as %s', (one, other) => {
    expect(soundOf(one)).toBe(soundOf(other))
  })

  test('budi does not sound as dewi', () => {
    expect(soundOf('budi')).not.toBe(soundOf('dewi'))
  })
})
