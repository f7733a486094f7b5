import { describe, expect, it } from 'vitest'
import { isSameOrigin } from './origin.ts'

const origin = 'https://crm.example'

describe('isSameOrigin', () => {
  it('accepts what pages of this site send', () => {
    expect(isSameOrigin(new Headers({ origin }), origin)).toBe(true)
    expect(isSameOrigin(new Headers({ origin }), `${origin}/`)).toBe(true)
    expect(isSameOrigin(new Headers({ 'sec-fetch-site': 'same-origin' }), origin)).toBe(true)
  })

  it('refuses other sites, other parts of this one, and callers that say nothing', () => {
    const refused: Record<string, string>[] = [
      {},
      { origin: 'https://evil.example' },
      { origin: 'http://crm.example' },
      { origin: 'https://crm.example.evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-site', origin: 'https://shop.crm.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
    ]
    for (const headers of refused) expect(isSameOrigin(new Headers(headers), origin)).toBe(false)
  })
})
