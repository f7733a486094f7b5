import { getLocale, overwriteGetLocale } from '#lib/i18n/generated/runtime.js'
import { afterAll, describe, expect, it } from 'vitest'
import { findThrownCodes, readThrownCodes } from '../tests/support/refusal-codes.ts'
import { describeRefusal } from './lib/server/http/refusal-words.ts'
import { describeRefusal as describeInSettings } from './lib/ui/settings/settings-words.ts'

const before = getLocale
afterAll(() => {
  overwriteGetLocale(before)
})

function describeIn<Words>(language: 'en' | 'id', work: () => Words): Words {
  overwriteGetLocale(() => language)
  return work()
}

describe('what members read of what was refused', () => {
  it('is told of every code, in both languages', async () => {
    const codes = new Set((await findThrownCodes()).map(({ code }) => code))
    expect(codes.size).toBeGreaterThan(40)
    const untold = [...codes].filter((code) => {
      const [english, indonesian] = (['en', 'id'] as const).map((language) =>
        describeIn(language, () => ({ of: describeRefusal(code), other: describeRefusal('') })),
      )
      return (
        english?.of === english?.other ||
        indonesian?.of === indonesian?.other ||
        english?.of === indonesian?.of
      )
    })
    expect(untold).toEqual([])
  })

  it('is told on the pages of settings too', async () => {
    const modules = /database\/(labels|teams|members|team-settings)\.ts$/
    const codes = (await findThrownCodes()).filter(({ file }) => modules.test(file))
    expect(codes.length).toBeGreaterThan(10)
    const untold = codes.filter(
      ({ code }) => describeInSettings(code, 40) === describeInSettings('nothing we know'),
    )
    expect(untold).toEqual([])
  })
})

describe('readThrownCodes', () => {
  it('reads what stands there, and the tables that messages are taken from', () => {
    const source = `
      const refusals: Record<string, string> = { closed: 'Closed', 'too_late': 'Late' }
      const words = refusals[error.message]
      throw words === undefined ? error : new RuleViolation(error.message, words)
      throw new NotFound('gone', 'Gone')`
    expect(readThrownCodes(source, 'one.ts')).toEqual(['closed', 'too_late', 'gone'])
  })

  it('says so where it cannot read one', () => {
    expect(() => readThrownCodes('throw new RuleViolation(code, text)', 'one.ts')).toThrow('one.ts')
  })
})
