import type { TemplateContent } from '../../domain/message-content.ts'
import { objectAt, objectsAt, textAt, type JsonObject } from './json.ts'
import type { TypedBody } from './message-body.ts'

/**
 * Reads a template as it was sent: name, language, and the values of its body. The words are known only where the
 * component carries the template's own text; the values then take their places in it.
 */
export function readTemplate(template: JsonObject | undefined): TypedBody<TemplateContent> {
  const name = textAt(template, 'name', 512)
  if (name === undefined) return { text: null, content: null }
  const body = objectsAt(template, 'components', 50).find(
    (component) => textAt(component, 'type')?.toLowerCase() === 'body',
  )
  const values = objectsAt(body, 'parameters', 100).map((parameter) => ({
    place: textAt(parameter, 'parameter_name', 100),
    value: readValue(parameter),
  }))
  return {
    text: fillIn(textAt(body, 'text', 4096), values),
    content: {
      kind: 'template',
      name,
      language:
        textAt(objectAt(template, 'language'), 'code', 20) ??
        (typeof template?.['language'] === 'string' ? textAt(template, 'language', 20) : undefined) ??
        null,
      parameters: values.map(({ value }) => value),
    },
  }
}

/** Money and dates come with the text to show. A parameter that cannot be read keeps its place, empty. */
function readValue(parameter: JsonObject): string {
  return (
    textAt(parameter, 'text', 1024) ??
    textAt(objectAt(parameter, 'currency'), 'fallback_value', 200) ??
    textAt(objectAt(parameter, 'date_time'), 'fallback_value', 200) ??
    ''
  )
}

/** Places are counted from one, `{{1}}`, or named, `{{first_name}}`. */
function fillIn(
  text: string | undefined,
  values: { place: string | undefined; value: string }[],
): string | null {
  if (text === undefined) return null
  return text.replace(/\{\{\s*(\w{1,100})\s*\}\}/g, (whole, place: string) => {
    const found = /^\d+$/.test(place)
      ? values[Number(place) - 1]
      : values.find((value) => value.place === place)
    return found?.value ?? whole
  })
}
