import { describe, expect, it } from 'vitest'
import { fitsHeader, headerFileKind, readTemplateParts } from './template-parts.ts'
import { previewTemplate, writeTemplateRequest } from './template-preview.ts'

function read(components: unknown) {
  return { name: 'order', language: 'id', ...readTemplateParts(components) }
}

const counted = read([
  { type: 'HEADER', format: 'TEXT', text: 'Order {{1}}', example: { header_text: ['A-1'] } },
  { type: 'BODY', text: '{{2}} for {{1}} and {{1}}', example: { body_text: [['Sari', 'Tea']] } },
  { type: 'FOOTER', text: 'Shop' },
  {
    type: 'BUTTONS',
    buttons: [
      { type: 'QUICK_REPLY', text: 'Thanks' },
      { type: 'URL', text: 'Track', url: 'https://example.com/{{1}}', example: ['https://example.com/x'] },
      { type: 'COPY_CODE', text: 'Copy', example: 'SAVE' },
    ],
  },
])
const values = {
  'header.1': 'A 7',
  'body.1': 'Sari',
  'body.2': 'Tea',
  'button.1.1': 'A 7',
  'button.2.code': 'S',
}

describe('a template with counted places', () => {
  it('lists them with their examples', () => {
    expect(counted.parameters).toEqual([
      { key: 'header.1', example: 'A-1' },
      { key: 'body.2', example: 'Tea' },
      { key: 'body.1', example: 'Sari' },
      { key: 'button.1.1', example: 'https://example.com/x' },
      { key: 'button.2.code', example: 'SAVE' },
    ])
  })

  it('is previewed with its values', () => {
    expect(previewTemplate(counted, values)).toMatchObject({
      header: 'Order A 7',
      body: 'Tea for Sari and Sari',
      footer: 'Shop',
      missing: [],
      invalid: [],
      buttons: [{}, { target: 'https://example.com/A%207' }, {}],
    })
  })

  it('is sent with the values in the order of their numbers', () => {
    expect(writeTemplateRequest(counted, values)).toEqual({
      name: 'order',
      language: { code: 'id' },
      components: [
        { type: 'header', parameters: [{ type: 'text', text: 'A 7' }] },
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'Sari' },
            { type: 'text', text: 'Tea' },
          ],
        },
        { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'A%207' }] },
        {
          type: 'button',
          sub_type: 'copy_code',
          index: '2',
          parameters: [{ type: 'coupon_code', coupon_code: 'S' }],
        },
      ],
    })
  })

  it('names what is missing or cannot be sent, and does not fill a value in twice', () => {
    expect(previewTemplate(counted, { 'body.1': '{{2}}', 'body.2': 'a\tb' })).toMatchObject({
      body: 'a\tb for {{2}} and {{2}}',
      missing: ['header.1', 'button.1.1', 'button.2.code'],
      invalid: ['body.2'],
    })
  })
})

describe('a template with named places', () => {
  const named = read([
    {
      type: 'BODY',
      text: 'Hi {{first_name}}',
      example: { body_text_named_params: [{ param_name: 'first_name', example: 'Sari' }] },
    },
  ])

  it('is sent with their names', () => {
    expect(named.parameters).toEqual([{ key: 'body.first_name', example: 'Sari' }])
    expect(writeTemplateRequest(named, { 'body.first_name': 'Budi' })).toMatchObject({
      components: [{ parameters: [{ parameter_name: 'first_name', text: 'Budi' }] }],
    })
  })
})

it.each([
  [
    [
      { type: 'HEADER', format: 'LOCATION' },
      { type: 'BODY', text: 'x' },
    ],
  ],
  [[{ type: 'CAROUSEL' }, { type: 'BODY', text: 'x' }]],
  [
    [
      { type: 'BODY', text: 'x' },
      { type: 'BUTTONS', buttons: [{ type: 'FLOW', text: 'x' }] },
    ],
  ],
  [[]],
  ['nonsense'],
])('a template that needs more than words is not supported (%#)', (components) => {
  expect(readTemplateParts(components).isSupported).toBe(false)
})

it.each(['image', 'video', 'document'] as const)(
  'a template may begin with a file of its own kind: %s',
  (kind) => {
    const { header, isSupported } = readTemplateParts([
      { type: 'HEADER', format: kind.toUpperCase() },
      { type: 'BODY', text: 'x' },
    ])
    expect([isSupported, headerFileKind({ header })]).toEqual([true, kind])
    const files = [
      { kind: 'image', mimeType: 'image/png' },
      { kind: 'video', mimeType: 'video/mp4' },
      { kind: 'document', mimeType: 'application/pdf' },
      { kind: 'document', mimeType: 'text/plain' },
      { kind: 'audio', mimeType: 'audio/ogg' },
    ]
    expect(files.filter((file) => fitsHeader(kind, file)).map((file) => file.kind)).toEqual([kind])
  },
)
