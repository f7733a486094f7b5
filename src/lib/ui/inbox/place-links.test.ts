import { expect, it } from 'vitest'
import { mapHref, safeHref, telephoneHref, writeCoordinates } from './place-links.ts'

it('writes a place for people', () => {
  expect(writeCoordinates(-7.7956, 110.3695)).toBe('7.7956° S, 110.3695° E')
  expect(mapHref(-7.7956, 110.3695)).toBe('https://www.google.com/maps/search/?api=1&query=-7.7956,110.3695')
})

it.each([
  ['https://fb.me/x', 'https://fb.me/x'],
  ['javascript:alert(1)', null],
  ['//example.com', null],
  ['', null],
  [null, null],
])('lets %j into a link as %j', (address, href) => {
  expect(safeHref(address)).toBe(href)
})

it.each([
  ['+62 812-0000-2101', 'tel:+6281200002101'],
  ['(0274) 555 010', 'tel:0274555010'],
  ['"><script>', null],
])('makes of %j %j', (number, href) => {
  expect(telephoneHref(number)).toBe(href)
})
