import type { Template, TemplateButton } from './composer.ts'
import { listPlaces, placePattern } from './template-parts.ts'

export type PreviewedTemplate = Pick<
  Template,
  'name' | 'language' | 'header' | 'body' | 'footer' | 'buttons' | 'parameters'
>

/** A template as the customer will see it. */
export interface TemplatePreview {
  header: string | null
  body: string
  footer: string | null
  buttons: TemplateButton[]
  /** Keys of places that nothing was given for; they stand as `{{1}}` in the text. */
  missing: string[]
  /** Keys whose value WhatsApp refuses: line breaks, tabs, more than four spaces, or a text that grows too long. */
  invalid: string[]
}

/** WhatsApp's limits for a whole text, in characters. */
const longestHeader = 60
const longestBody = 1024

/**
 * Puts values into a template. The page shows it, and the server sends and keeps the very same words.
 *
 * @param values by the keys of `template.parameters`
 */
export function previewTemplate(
  template: PreviewedTemplate,
  values: Readonly<Record<string, string>>,
): TemplatePreview {
  const given = new Map(template.parameters.map(({ key }) => [key, (values[key] ?? '').trim()]))
  const header = fillInHeader(template.header?.text ?? null, given)
  const body = fillIn(template.body, 'body', given)
  const tooLong = [
    ...([...(header ?? '')].length > longestHeader ? ['header.'] : []),
    ...([...body].length > longestBody ? ['body.'] : []),
  ]
  return {
    header,
    body,
    footer: template.footer,
    buttons: template.buttons.map((button, index) => ({
      ...button,
      target: button.target === null ? null : fillIn(button.target, `button.${String(index)}`, given, encode),
    })),
    missing: [...given].flatMap(([key, value]) => (value === '' ? [key] : [])),
    invalid: [...given].flatMap(([key, value]) =>
      hasForbiddenSpace(value) || tooLong.some((part) => key.startsWith(part)) ? [key] : [],
    ),
  }
}

/**
 * What WhatsApp is told to send: the `template` object of a message (Cloud API docs: template messages). Every value
 * must be there.
 */
export function writeTemplateRequest(
  template: PreviewedTemplate,
  values: Readonly<Record<string, string>>,
): object {
  const valueOf = (key: string) => (values[key] ?? '').trim()
  const textParameters = (part: 'header' | 'body', text: string) =>
    listPlaces(text)
      // Counted places go in the order of their numbers, wherever they stand in the text.
      .sort((one, other) => (isCounted(one) && isCounted(other) ? Number(one) - Number(other) : 0))
      .map((place) => ({
        type: 'text',
        ...(isCounted(place) ? {} : { parameter_name: place }),
        text: valueOf(`${part}.${place}`),
      }))
  const header = textParameters('header', template.header?.text ?? '')
  const body = textParameters('body', template.body)
  const buttons = template.parameters.flatMap(({ key }) => {
    const [, index, place] = /^button\.(\d+)\.(\w+)$/.exec(key) ?? []
    if (index === undefined) return []
    const isCode = place === 'code' && template.buttons[Number(index)]?.type === 'copy_code'
    const parameter = isCode
      ? { type: 'coupon_code', coupon_code: valueOf(key) }
      : { type: 'text', text: encode(valueOf(key)) }
    return [{ type: 'button', sub_type: isCode ? 'copy_code' : 'url', index, parameters: [parameter] }]
  })
  const components = [
    ...(header.length > 0 ? [{ type: 'header', parameters: header }] : []),
    ...(body.length > 0 ? [{ type: 'body', parameters: body }] : []),
    ...buttons,
  ]
  return {
    name: template.name,
    language: { code: template.language },
    ...(components.length > 0 ? { components } : {}),
  }
}

/** The values of the body in order, as a sent template's content keeps them. */
export function listBodyValues(
  template: PreviewedTemplate,
  values: Readonly<Record<string, string>>,
): string[] {
  return listPlaces(template.body).map((place) => (values[`body.${place}`] ?? '').trim())
}

function fillInHeader(text: string | null, given: ReadonlyMap<string, string>): string | null {
  return text === null ? null : fillIn(text, 'header', given)
}

function fillIn(
  text: string,
  part: string,
  given: ReadonlyMap<string, string>,
  write: (value: string) => string = (value) => value,
): string {
  return text.replace(placePattern, (whole, place: string) => {
    const value = given.get(`${part}.${place}`) ?? ''
    return value === '' ? whole : write(value)
  })
}

/** An address with a space in it is none. The rest is left as typed: the end of an address may well hold `?` or `%`. */
function encode(value: string): string {
  return value.replace(/\s/g, '%20')
}

function isCounted(place: string): boolean {
  return /^\d+$/.test(place)
}

/** WhatsApp refuses these in a value (error 132018 and its kin). */
function hasForbiddenSpace(value: string): boolean {
  return /[\n\r\t\u2028\u2029]| {5,}/.test(value)
}
