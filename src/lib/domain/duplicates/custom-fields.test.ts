import { expect, test } from 'vitest'
import { readFieldValues } from './custom-fields.ts'

const field = (label: string, kind: string, value: string) => ({
  fieldId: `id of ${label}`,
  label,
  kind,
  value,
})

test('tells a city and a date of birth by what a field is called, in both languages', () => {
  for (const [city, birth] of [
    ['Kota', 'Tanggal lahir'],
    ['city', 'Date of birth'],
    [' Domisili ', 'tgl lahir'],
  ] as const)
    expect(readFieldValues([field(city, 'text', 'Bandung'), field(birth, 'date', '1990-05-17')])).toEqual({
      city: 'Bandung',
      birthDate: '1990-05-17',
      customTexts: [],
    })
})

test('compares what other fields hold, and leaves out dates that say nothing of who somebody is', () => {
  expect(
    readFieldValues([
      field('Nomor pelanggan', 'text', 'C-1'),
      field('Kota favorit', 'choice', 'Ubud'),
      field('Ukuran', 'number', '42.5'),
      field('Tanggal lahir', 'text', '17 Mei'),
      field('Janji temu', 'date', '2026-11-23'),
    ]),
  ).toEqual({
    city: null,
    birthDate: null,
    customTexts: [
      { field: 'id of Nomor pelanggan', value: 'C-1' },
      { field: 'id of Kota favorit', value: 'Ubud' },
      { field: 'id of Ukuran', value: '42.5' },
      { field: 'id of Tanggal lahir', value: '17 Mei' },
    ],
  })
})
