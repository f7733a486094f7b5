import type { Template } from '#lib/domain/composer.ts'
import type { SendLook } from './composer-order.ts'
import type { VariableValues } from './composer-variables.ts'

/**
 * The templates that fit what is typed: those that can be sent first, then by language, then by name.
 * @param languages the ones that are likely wanted, best first
 */
export function listTemplates(
  templates: readonly Template[],
  query: string,
  languages: readonly (string | null)[],
): Template[] {
  const words = query.trim().toLowerCase().split(/\s+/u).filter(Boolean)
  const fits = ({ name, body, header }: Template) => {
    const text = `${name} ${header?.text ?? ''} ${body}`.toLowerCase()
    return words.every((word) => text.includes(word))
  }
  const rank = (template: Template) => {
    const place = languages.findIndex(
      (language) => language !== null && template.language.startsWith(language),
    )
    return (template.unavailable === null ? 0 : 100) + (place === -1 ? languages.length : place)
  }
  return templates
    .filter(fits)
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name))
}

/** What is known of the values that a template asks for: names that say what they are, and the first counted place. */
export function suggestParameters(template: Template, values: VariableValues): Record<string, string> {
  const suggested = template.parameters.map(({ key }): [string, string] => {
    const place = key.split('.').at(-1)?.toLowerCase() ?? ''
    if (/^(first_?name|nama_depan|panggilan)$/.test(place)) return [key, values['contact.first_name'] ?? '']
    if (/^(name|customer_?name|nama|nama_pelanggan)$/.test(place)) return [key, values['contact.name'] ?? '']
    if (/^(agent|agent_?name|staff|admin)$/.test(place)) return [key, values['me.name'] ?? '']
    if (/^(shop|store|company|business|toko)(_?name)?$/.test(place))
      return [key, values['workspace.name'] ?? '']
    // By custom the first counted place of a body is whom it speaks to.
    return [key, key === 'body.1' ? (values['contact.first_name'] ?? '') : '']
  })
  return Object.fromEntries(suggested)
}

/** How a template looks in the thread until the server has made a message of it. */
export function templateLook(template: Template, text: string): SendLook {
  return {
    type: 'template',
    text,
    content: { kind: 'template', name: template.name, language: template.language, parameters: [] },
    quoted: null,
  }
}
