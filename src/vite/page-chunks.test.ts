import { expect, test } from 'vitest'
import { nameChunks } from './page-chunks.ts'

/** Modules by id, with what each imports. */
const imports: Record<string, string[]> = {
  layout: ['runtime'],
  runtime: [],
  workspace: ['runtime', 'menu'],
  menu: ['icon', '/i18n/generated/messages.js'],
  icon: [],
  inbox: ['menu', 'list', 'avatar'],
  list: ['row'],
  row: [],
  avatar: ['initials'],
  initials: [],
  settings: ['avatar', 'form', '/i18n/generated/messages.js'],
  form: [],
  node: ['inbox'],
  '/i18n/generated/messages.js': ['/i18n/generated/messages/saved.js', '/i18n/generated/messages/sent.js'],
  '/i18n/generated/messages/saved.js': [],
  '/i18n/generated/messages/sent.js': [],
}

const code: Record<string, string> = { menu: 'm.sent()', settings: 'm.saved() + m.sent() + m.toString' }

const getModuleInfo = (id: string) => {
  const importedIds = imports[id]
  if (importedIds === undefined) return null
  const importers = Object.keys(imports).filter((other) => imports[other]?.includes(id))
  return { code: code[id] ?? '', importedIds, importers }
}

test('each module goes with the first page that needs it, and what the last alone needs stays there', () => {
  const name = nameChunks([
    { chunk: 'base', begins: ['layout'] },
    { chunk: 'workspace', begins: ['workspace'] },
    { chunk: 'inbox', begins: ['inbox', 'gone'] },
  ])
  const chunks = Object.fromEntries(Object.keys(imports).map((id) => [id, name(id, { getModuleInfo })]))
  expect(chunks).toEqual({
    layout: 'base',
    runtime: 'base',
    workspace: 'workspace',
    menu: 'workspace',
    icon: 'workspace',
    inbox: null,
    list: null,
    row: null,
    avatar: 'inbox',
    initials: 'inbox',
    settings: null,
    form: null,
    node: null,
    '/i18n/generated/messages.js': null,
    '/i18n/generated/messages/saved.js': null,
    '/i18n/generated/messages/sent.js': 'workspace',
  })
})
