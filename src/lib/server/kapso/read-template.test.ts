import { expect, test } from 'vitest'
import { readTemplate } from './read-template.ts'

test('the values of the body, in order; those of the header and the buttons are none of them', () => {
  const template = {
    name: 'pengingat',
    language: 'id',
    components: [
      { type: 'header', parameters: [{ type: 'text', text: 'kepala' }] },
      {
        type: 'BODY',
        parameters: [
          { type: 'text', text: 'Budi' },
          { type: 'currency', currency: { fallback_value: 'Rp 50.000', code: 'IDR', amount_1000: 50000000 } },
          { type: 'date_time', date_time: { fallback_value: '17 Agustus' } },
          { type: 'image', image: {} },
          { type: 'text', text: 12 },
        ],
      },
      { type: 'button', sub_type: 'url', parameters: [{ type: 'text', text: 'abc' }] },
    ],
  }
  expect(readTemplate(template)).toEqual({
    text: null,
    content: {
      kind: 'template',
      name: 'pengingat',
      language: 'id',
      parameters: ['Budi', 'Rp 50.000', '17 Agustus', '', '12'],
    },
  })
})

test.each([
  ['Halo {{1}}, sampai {{ 2 }}.', [{ text: 'Budi' }, { text: 'besok' }], 'Halo Budi, sampai besok.'],
  ['Halo {{nama}}.', [{ parameter_name: 'nama', text: 'Budi' }], 'Halo Budi.'],
  ['Halo {{3}} {{0}} {{x}}.', [{ text: 'Budi' }], 'Halo {{3}} {{0}} {{x}}.'],
  ['Tanpa isian', 'x', 'Tanpa isian'],
  ['{{1}}', [{ text: '$& {{1}}' }], '$& {{1}}'],
])('%s', (text, parameters, words) => {
  expect(readTemplate({ name: 't', components: [{ type: 'body', text, parameters }] }).text).toBe(words)
})

test('a template without a name is none', () => {
  expect(readTemplate({ language: { code: 'id' } }).content).toBeNull()
  expect(readTemplate({ name: 't', language: [], components: {} }).content).toEqual({
    kind: 'template',
    name: 't',
    language: null,
    parameters: [],
  })
})
