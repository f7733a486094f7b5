import { expect, it } from 'vitest'
import { totalOrder, writeMoney } from './order-totals.ts'

const item = (price: number | null, currency: string | null, quantity: number | null = 1) => ({
  productId: 'SKU',
  price,
  currency,
  quantity,
})

it('adds up by currency and never mixes two', () => {
  expect(totalOrder([item(100, 'IDR', 2), item(5, 'USD'), item(50, 'IDR')])).toEqual({
    sums: [
      { currency: 'IDR', amount: 250 },
      { currency: 'USD', amount: 5 },
    ],
    unpriced: 0,
    pieces: 4,
  })
})

it('leaves what has no price, currency or quantity out of the sums, and says so', () => {
  expect(totalOrder([item(null, 'IDR'), item(5, null), item(5, 'USD', null)])).toEqual({
    sums: [],
    unpriced: 3,
    pieces: 3,
  })
})

it('writes a currency that nobody knows as it came', () => {
  expect(writeMoney(8_750_000, 'IDR')).toMatch(/^IDR\s8,750,000$/)
  expect(writeMoney(9.5, 'not a currency')).toBe('9.5 not a currency')
})
