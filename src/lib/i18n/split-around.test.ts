import { expect, it } from 'vitest'
import { splitAround } from './split-around.ts'

it.each([
  [(middle: string) => `Photo from ${middle}`, ['Photo from ', '']],
  [(middle: string) => `Its kind is “${middle}”.`, ['Its kind is “', '”.']],
] as const)('%#: leaves the place of the middle open', (write, parts) => {
  expect(splitAround(write)).toEqual(parts)
})
