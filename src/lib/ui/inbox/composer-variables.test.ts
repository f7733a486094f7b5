import { expect, it } from 'vitest'
import { type VariableValues, fillVariables, findOpenPlaces, firstNameOf } from './composer-variables.ts'

const values: VariableValues = {
  'contact.name': null,
  'contact.first_name': 'Dewi',
  'me.name': 'Wulan',
  'workspace.name': 'Kebun',
}

it('fills in what is known', () => {
  expect(
    fillVariables('Halo {{contact.first_name}}, saya {{ Me.Name }} dari {{workspace.name}}', values),
  ).toBe('Halo Dewi, saya Wulan dari Kebun')
})

it('leaves what is not known to be seen', () => {
  const text = fillVariables('Nomor {{contact.name}}, resi {{no resi}}', values)
  expect(text).toBe('Nomor {{contact.name}}, resi {{no resi}}')
  expect(findOpenPlaces(text).map(({ name }) => name)).toEqual(['contact.name', 'no resi'])
  expect(text.slice(findOpenPlaces(text)[1]?.start, findOpenPlaces(text)[1]?.end)).toBe('{{no resi}}')
})

it('does not fill a value that looks like a place', () => {
  const odd = { ...values, 'contact.first_name': '{{me.name}}$&' }
  expect(fillVariables('{{contact.first_name}}', odd)).toBe('{{me.name}}$&')
})

it('calls nobody by a number', () => {
  expect(firstNameOf('  Dewi Lestari')).toBe('Dewi')
  expect(firstNameOf('+62 812')).toBeNull()
})
