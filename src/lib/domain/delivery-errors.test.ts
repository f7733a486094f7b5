import { describe, expect, it } from 'vitest'
import { describeDeliveryError, findDeliveryError, isRetryableError } from './delivery-errors.ts'

/** Every code that Meta's and Kapso's documentation names for messages, with what must follow from it. */
const documented = {
  retryable: [131056, 130429, 80007, 4, 131000, 131016, 133004, 131057, 1, 2],
  permanent: [
    131047, 131026, 131049, 131050, 130472, 131021, 131008, 131009, 100, 33, 131051, 131052, 131053, 132000,
    132001, 132005, 132007, 132012, 132015, 132016, 132068, 132069, 131062, 134100, 134101, 134102, 131055,
    131060,
  ],
  needs_person: [
    131048, 131031, 368, 130497, 131042, 134011, 131037, 131045, 133000, 133005, 133006, 133008, 133009,
    133010, 133015, 133016, 190, 0, 3, 10, 131005, 200, 230, 299,
  ],
}

describe('delivery errors', () => {
  for (const [category, codes] of Object.entries(documented)) {
    it.each(codes)(`calls %s ${category}`, (code) => {
      expect(findDeliveryError(String(code)).category).toBe(category)
      expect(findDeliveryError(String(code)).title.en).not.toBe(findDeliveryError('987654').title.en)
    })
  }

  it('tells what happened and what to do in both languages', () => {
    const english = describeDeliveryError('131047')
    const indonesian = describeDeliveryError('131047', 'id')
    expect(english).toEqual({
      code: '131047',
      title: 'The 24-hour reply window is closed',
      nextStep: 'Send an approved template, or wait until the customer writes again.',
    })
    expect(indonesian.title).toContain('24 jam')
    expect(indonesian.nextStep).toContain('templat')
  })

  it('tells a paused template from one that is switched off, and both from one that was filled in wrongly', () => {
    const titles = ['132015', '132016', '132000'].map((code) => describeDeliveryError(code).title)
    expect(new Set(titles).size).toBe(3)
  })

  it('has words and a next step in both languages for every code', () => {
    for (const code of Object.values(documented).flat().map(String)) {
      for (const language of ['en', 'id'] as const) {
        const { title, nextStep } = describeDeliveryError(code, language)
        expect(Math.min(title.length, nextStep.length)).toBeGreaterThan(9)
      }
      expect(describeDeliveryError(code, 'id').title).not.toBe(describeDeliveryError(code, 'en').title)
    }
  })

  it('has a general text for a code that nobody knows, and does not retry it', () => {
    expect(describeDeliveryError('987654').title).toBe('WhatsApp did not take this message')
    expect(isRetryableError('987654')).toBe(false)
    expect(isRetryableError('http_418')).toBe(false)
  })

  it('takes neither 20 nor 2000 for a missing permission', () => {
    expect(findDeliveryError('20').category).toBe('permanent')
    expect(findDeliveryError('2000').category).toBe('permanent')
  })
})
