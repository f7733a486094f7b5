import { describe, expect, test } from 'vitest'
import { readButton, readInteractive } from './read-interactive.ts'

describe('what the customer chose', () => {
  test('a button or a row, also where the type is missing', () => {
    expect(readInteractive({ button_reply: { id: 'b1', title: 'Ya' } }, undefined, 'inbound')).toMatchObject({
      text: 'Ya',
      content: { form: 'button_reply', id: 'b1' },
    })
    expect(
      readInteractive({ type: 'list_reply', list_reply: { id: 7, title: 'Kirim' } }, undefined, 'inbound'),
    ).toMatchObject({ text: 'Kirim', content: { form: 'list_reply', id: '7', description: null } })
  })

  test("the button's id stands in for a missing title", () => {
    expect(readInteractive({ button_reply: { id: 'b1' } }, undefined, 'inbound').text).toBe('b1')
  })

  test("a template's button: its text, else its payload", () => {
    expect(readButton({ text: 'Berhenti', payload: 'STOP' })).toEqual({
      text: 'Berhenti',
      content: { kind: 'button', payload: 'STOP' },
    })
    expect(readButton({ payload: 'STOP' }).text).toBe('STOP')
    expect(readButton({})).toEqual({ text: null, content: { kind: 'button', payload: null } })
  })
})

describe('a filled-in flow', () => {
  const answers = {
    flow_token: 'secret',
    name: 'Budi',
    age: 30,
    agrees: true,
    topics: ['Tabungan', 'Kredit'],
    nested: { a: 1 },
    nothing: null,
  }
  const fields = [
    { name: 'name', value: 'Budi' },
    { name: 'age', value: '30' },
    { name: 'agrees', value: 'true' },
    { name: 'topics', value: 'Tabungan, Kredit' },
  ]

  test.each([
    ['as text', { response_json: JSON.stringify(answers) }, {}],
    ['as an object', { response_json: answers }, {}],
    ['in the place where Kapso puts them', { response_json: 'not json' }, { flow_response: answers }],
  ])('answers %s', (_form, reply, kapso) => {
    const interactive = { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', ...reply } }
    expect(readInteractive(interactive, { flow_name: 'Pendaftaran', ...kapso }, 'inbound')).toEqual({
      text: null,
      content: {
        kind: 'interactive',
        form: 'flow_reply',
        id: null,
        description: 'Pendaftaran',
        options: [],
        fields,
      },
    })
  })

  test('an address has words of its own', () => {
    const nfm_reply = { name: 'address_message', body: 'Jl. Merdeka 1\nBandung', response_json: '{}' }
    expect(readInteractive({ nfm_reply }, undefined, 'inbound').text).toBe('Jl. Merdeka 1\nBandung')
  })

  test.each(['[]', '"text"', '{', 'null', '{"__proto__":{"x":1}}', `${'['.repeat(9000)}${']'.repeat(9000)}`])(
    'the response %.20s has no fields',
    (response_json) => {
      const read = readInteractive({ nfm_reply: { response_json } }, undefined, 'inbound')
      expect(read.content?.fields).toEqual([])
    },
  )

  test('what Postgres cannot store is replaced within the answers too', () => {
    const response_json = '{"a\\u0000b":"c\\ud800d"}'
    expect(readInteractive({ nfm_reply: { response_json } }, undefined, 'inbound').content?.fields).toEqual([
      { name: 'a\ufffdb', value: 'c\ufffdd' },
    ])
  })
})

test('a reply of a kind that nobody knows shows what it holds', () => {
  const interactive = {
    type: 'call_permission_reply',
    call_permission_reply: { response: 'accept', is_permanent: false },
  }
  expect(readInteractive(interactive, undefined, 'inbound').content).toMatchObject({
    form: 'other',
    description: 'call_permission_reply',
    fields: [
      { name: 'response', value: 'accept' },
      { name: 'is_permanent', value: 'false' },
    ],
  })
})

describe('what the company offered', () => {
  const words = {
    header: { type: 'text', text: 'Halo' },
    body: { text: 'Pilih satu' },
    footer: { text: 'Eagle' },
  }

  test.each([
    [
      { buttons: [{ type: 'reply', reply: { id: '1', title: 'Ya' } }, { reply: { title: 'Tidak' } }, null] },
      ['Ya', 'Tidak'],
    ],
    [
      {
        button: 'Menu',
        sections: [{ title: 'A', rows: [{ id: '1', title: 'Satu' }] }, { rows: [{ title: 'Dua' }] }],
      },
      ['Satu', 'Dua'],
    ],
    [{ name: 'cta_url', parameters: { display_text: 'Buka', url: 'https://example.com' } }, ['Buka']],
    [{ name: 'flow', parameters: { flow_cta: 'Isi' } }, ['Isi']],
    [{ buttons: {}, sections: 'x' }, []],
    [null, []],
  ])('%j', (action, options) => {
    expect(readInteractive({ type: 'button', ...words, action }, undefined, 'outbound')).toEqual({
      text: 'Halo\nPilih satu\nEagle',
      content: { kind: 'interactive', form: 'offer', id: null, description: null, options, fields: [] },
    })
  })

  test('may be without words', () => {
    expect(readInteractive({ body: 'x' }, undefined, 'outbound').text).toBeNull()
  })
})
