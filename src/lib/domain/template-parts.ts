import type { Template, TemplateButton, TemplateHeader, TemplateParameter } from './composer.ts'
import type { HeaderFileKind } from './message-content.ts'

/** What a template consists of, read from WhatsApp's `components`. */
export type TemplateParts = Pick<Template, 'header' | 'body' | 'footer' | 'buttons' | 'parameters'> & {
  /** False where sending it needs something that the composer has no field for: a place, a flow, a carousel. */
  isSupported: boolean
}

type Fields = Record<string, unknown>

/** Places are counted, `{{1}}`, or named, `{{first_name}}`. */
export const placePattern = /\{\{\s*(\w{1,100})\s*\}\}/g

/** The places of a text in the order in which they first stand there. */
export function listPlaces(text: string): string[] {
  return [...new Set([...text.matchAll(placePattern)].map(([, place = '']) => place))]
}

const supportedButtons: Readonly<Record<string, TemplateButton['type']>> = {
  QUICK_REPLY: 'quick_reply',
  URL: 'url',
  PHONE_NUMBER: 'phone_number',
  COPY_CODE: 'copy_code',
}

/**
 * Reads the components of a template (WhatsApp Business Management API docs: message templates). What cannot be read
 * makes it unsupported; nothing is made up.
 */
export function readTemplateParts(components: unknown): TemplateParts {
  const parts: TemplateParts = {
    header: null,
    body: '',
    footer: null,
    buttons: [],
    parameters: [],
    isSupported: Array.isArray(components),
  }
  for (const component of listOf(components)) {
    switch (textOf(component['type']).toUpperCase()) {
      case 'HEADER':
        readHeader(component, parts)
        break
      case 'BODY':
        parts.body = textOf(component['text'])
        parts.parameters.push(...readPlaces('body', parts.body, component))
        break
      case 'FOOTER':
        parts.footer = textOf(component['text']) || null
        break
      case 'BUTTONS':
        listOf(component['buttons']).forEach((button, index) => {
          readButton(button, index, parts)
        })
        break
      default:
        parts.isSupported = false
    }
  }
  if (parts.body === '') parts.isSupported = false
  return parts
}

function readHeader(component: Fields, parts: TemplateParts): void {
  const format = textOf(component['format']).toLowerCase()
  if (format === 'text' || format === '') {
    const text = textOf(component['text'])
    parts.header = { format: 'text', text }
    parts.parameters.unshift(...readPlaces('header', text, component))
    return
  }
  const formats: readonly TemplateHeader['format'][] = ['image', 'video', 'document', 'location']
  const known = formats.find((one) => one === format)
  parts.header = known === undefined ? null : { format: known, text: null }
  if (headerFileKind(parts) === null) parts.isSupported = false
}

/** Of which kind the file is that a template begins with; null where it begins with none. */
export function headerFileKind({ header }: Pick<Template, 'header'>): HeaderFileKind | null {
  switch (header?.format) {
    case 'image':
    case 'video':
    case 'document':
      return header.format
    default:
      return null
  }
}

/**
 * Whether a file may stand at the head of a template (WhatsApp docs: media message templates): it is of the template's
 * kind, and a document is a PDF.
 */
export function fitsHeader(kind: HeaderFileKind, file: { kind: string; mimeType: string }): boolean {
  return file.kind === kind && (kind !== 'document' || file.mimeType === 'application/pdf')
}

function readButton(button: Fields, index: number, parts: TemplateParts): void {
  const type = supportedButtons[textOf(button['type']).toUpperCase()]
  const target = textOf(button['url']) || textOf(button['phone_number']) || null
  parts.buttons.push({ type: type ?? 'other', label: textOf(button['text']), target })
  const { example } = button
  const first = textOf(Array.isArray(example) ? example[0] : example) || null
  if (type === undefined) parts.isSupported = false
  if (type === 'copy_code') parts.parameters.push({ key: `button.${String(index)}.code`, example: first })
  if (type === 'url' && target !== null) {
    const [place, ...more] = listPlaces(target)
    // WhatsApp allows one place, at the end of the address.
    if (more.length > 0) parts.isSupported = false
    if (place !== undefined)
      parts.parameters.push({ key: `button.${String(index)}.${place}`, example: first })
  }
}

function readPlaces(part: 'header' | 'body', text: string, component: Fields): TemplateParameter[] {
  const example = isFields(component['example']) ? component['example'] : {}
  const named = new Map(
    listOf(example[`${part}_text_named_params`]).map((one) => [
      textOf(one['param_name']),
      textOf(one['example']),
    ]),
  )
  // The header's examples are one list, the body's a list of lists.
  const given = example[`${part}_text`]
  const counted: unknown = Array.isArray(given) && Array.isArray(given[0]) ? given[0] : given
  return listPlaces(text).map((place) => {
    const fromList: unknown = Array.isArray(counted) ? counted[Number(place) - 1] : undefined
    return { key: `${part}.${place}`, example: (named.get(place) ?? textOf(fromList)) || null }
  })
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
