import { expect, it } from 'vitest'
import type { Template } from '#lib/domain/composer.ts'
import { listTemplates, suggestParameters } from './composer-templates.ts'

function makeTemplate(fields: Partial<Template>): Template {
  return {
    id: fields.name ?? 'one',
    channelId: 'channel',
    name: 'one',
    language: 'en',
    category: 'utility',
    status: 'approved',
    quality: null,
    header: null,
    body: 'Hello',
    footer: null,
    buttons: [],
    parameters: [],
    unavailable: null,
    ...fields,
  }
}

const namesOf = (templates: Template[]) => templates.map(({ name }) => name)

it('puts first what can be sent, in the contact’s language', () => {
  const english = makeTemplate({ name: 'a' })
  const indonesian = makeTemplate({ name: 'b', language: 'id' })
  const paused = makeTemplate({ name: '0', language: 'id', unavailable: 'paused' })
  expect(namesOf(listTemplates([paused, english, indonesian], '', ['id', 'en']))).toEqual(['b', 'a', '0'])
})

it('searches names and words', () => {
  const order = makeTemplate({ name: 'order_update', body: 'Your order is on its way' })
  expect(namesOf(listTemplates([makeTemplate({}), order], 'UPDATE way', []))).toEqual(['order_update'])
})

it('fills in what it knows of the contact', () => {
  const template = makeTemplate({
    parameters: ['body.1', 'body.2', 'header.first_name', 'body.nama'].map((key) => ({ key, example: null })),
  })
  const values = {
    'contact.name': 'Dewi Lestari',
    'contact.first_name': 'Dewi',
    'me.name': 'Wulan',
    'workspace.name': 'Kebun',
  }
  expect(suggestParameters(template, values)).toEqual({
    'body.1': 'Dewi',
    'body.2': '',
    'header.first_name': 'Dewi',
    'body.nama': 'Dewi Lestari',
  })
})
