import { expect, test } from 'vitest'
import { variantCountry } from './phone-variants.ts'

test.each([
  ['+5511987654321', '+551187654321', 'BR'],
  ['+5215555551234', '+525555551234', 'MX'],
  ['+5491123456789', '+541123456789', 'AR'],
])('%s and %s are variants', (one, other, country) => {
  expect(variantCountry(one, other)).toBe(country)
  expect(variantCountry(other, one)).toBe(country)
})

test.each([
  ['+5511987654321', '+5511987654321'],
  ['+5511987654321', '+551197654321'],
  ['+551132654321', '+5511932654321'],
  ['+6281200000001', '+6281200000002'],
])('%s and %s are none', (one, other) => {
  expect(variantCountry(one, other)).toBeNull()
})
