import { expect, test } from 'vitest'
import { describePerson } from './describe-person.ts'

test('calls people by their name, else by their number, else by what is there', () => {
  const mapping = ['phone', 'first_name', 'last_name', null] as const
  const person = (cells: string[]) => describePerson({ cells, verdict: 'new' }, [...mapping])
  expect(person(["'+628120000", 'Sri', 'Ayu', 'note'])).toEqual({ title: 'Sri Ayu', others: ['+628120000'] })
  expect(person(['+628120000', '', '', 'note'])).toEqual({ title: '+628120000', others: [] })
  expect(person(['', '', '', 'note'])).toEqual({ title: 'note', others: [] })
  expect(person([''])).toEqual({ title: '', others: [] })
})

test('shows all of a row that cannot be taken over', () => {
  const row = { cells: ['Sri', '0812', 'note'], verdict: 'invalid' } as const
  expect(describePerson({ ...row, cells: [...row.cells] }, ['name', 'phone', null]).others).toEqual([
    '0812',
    'note',
  ])
})
