import { describe, expect, test } from 'vitest'
import { readContacts, readLocation, readOrder } from './read-shared-things.ts'

describe('a place', () => {
  test('with its coordinates as numbers or texts', () => {
    expect(
      readLocation({ latitude: '-6.2', longitude: 106.8, url: 'https://maps.example/1' }).content,
    ).toEqual({
      kind: 'location',
      latitude: -6.2,
      longitude: 106.8,
      name: null,
      address: null,
      url: 'https://maps.example/1',
    })
  })

  test.each([
    { latitude: 91 },
    { latitude: 'north' },
    { latitude: null },
    { longitude: -181 },
    { longitude: Infinity },
  ])('that cannot be (%j) is words only', (wrong) => {
    const location = { latitude: 1, longitude: 2, name: 'Kantor', address: 'Jl. Merdeka 1', ...wrong }
    expect(readLocation(location)).toEqual({ text: 'Kantor\nJl. Merdeka 1', content: null })
  })

  test('never links to anything but the web', () => {
    expect(readLocation({ latitude: 1, longitude: 2, url: 'javascript:1' }).content?.url).toBeNull()
  })
})

describe('people', () => {
  test('with their numbers and addresses', () => {
    const contacts = [
      {
        name: { formatted_name: 'Siti Contoh', first_name: 'Siti' },
        org: { company: 'PT Contoh' },
        phones: [
          { phone: '+62 812 0000 0013', wa_id: '6281200000013', type: 'CELL' },
          { wa_id: 6281200000014 },
          {},
        ],
        emails: [{ email: 'siti@example.com' }, { email: null }, { email: 'siti@example.com' }],
      },
      { name: { first_name: 'Budi', last_name: 'Contoh' }, phones: 'x' },
      { org: { company: 'nobody to show' } },
      null,
    ]
    expect(readContacts(contacts)).toEqual({
      text: null,
      content: {
        kind: 'contacts',
        contacts: [
          {
            name: 'Siti Contoh',
            organization: 'PT Contoh',
            phones: [
              { number: '+62 812 0000 0013', label: 'CELL' },
              { number: '6281200000014', label: null },
            ],
            emails: ['siti@example.com'],
          },
          { name: 'Budi Contoh', organization: null, phones: [], emails: [] },
        ],
      },
    })
  })

  test('a single one that came without its array', () => {
    expect(readContacts({ name: { formatted_name: 'Siti' } }).content?.contacts).toHaveLength(1)
  })
})

describe('an order', () => {
  const item = { product_retailer_id: 'SKU-1', quantity: 2, item_price: 12500.5, currency: 'IDR' }
  const only = (wrong: Record<string, unknown>) =>
    readOrder({ product_items: [{ ...item, ...wrong }] }, undefined).content?.items[0]

  test('with its note and items', () => {
    expect(readOrder({ catalog_id: 7, text: 'Tolong cepat', product_items: [item] }, undefined)).toEqual({
      text: 'Tolong cepat',
      content: {
        kind: 'order',
        catalogId: '7',
        items: [{ productId: 'SKU-1', quantity: 2, price: 12500.5, currency: 'IDR' }],
      },
    })
    expect(readOrder({}, { order_text: 'Tolong cepat' }).text).toBe('Tolong cepat')
  })

  test.each([
    [12500, 12500],
    ['12500.50', 12500.5],
    [0, 0],
    ['1e5', null],
    ['12.500,00', null],
    ['Infinity', null],
    [Infinity, null],
    [NaN, null],
    [-1, null],
    ['', null],
    [null, null],
    [[5], null],
    [true, null],
  ])('the price %j is %j: nothing is guessed', (item_price, price) => {
    expect(only({ item_price })?.price).toBe(price)
  })

  test.each([
    [3, 3],
    ['3', 3],
    [1.5, null],
    [-1, null],
    [1e30, null],
    [undefined, null],
  ])('the quantity %j is %j', (quantity, read) => {
    expect(only({ quantity })?.quantity).toBe(read)
  })

  test.each(['idr', 'RUPIAH', '', null, 360, {}])('%j is no currency', (currency) => {
    expect(only({ currency })?.currency).toBeNull()
  })

  test('an item that says nothing is still an item', () => {
    expect(readOrder({ product_items: [{}] }, undefined).content?.items).toEqual([
      { productId: null, quantity: null, price: null, currency: null },
    ])
  })
})
