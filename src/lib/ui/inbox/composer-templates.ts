import type { Template } from '#lib/domain/composer.ts'
import type { HeaderFileKind, MessageContent, TemplateContent } from '#lib/domain/message-content.ts'
import type { TemplatePreview } from '#lib/domain/template-preview.ts'
import { fitsHeader } from '#lib/domain/template-parts.ts'
import { acceptedUploads, judgeUpload } from '#lib/domain/upload-rules.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { type Attachment, attachFile } from './composer-attachments.svelte.ts'
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
export function templateLook(
  template: Template,
  { header, body, footer }: TemplatePreview,
  file: Attachment | null,
): SendLook {
  const { content } = file?.look('') ?? { content: null }
  return {
    type: 'template',
    text: body,
    content: {
      kind: 'template',
      name: template.name,
      language: template.language,
      parameters: [],
      header,
      footer,
      buttons: template.buttons.map(({ label }) => label),
      ...(isHeaderFile(content) ? { headerFile: content } : {}),
    },
    quoted: null,
  }
}

function isHeaderFile(content: MessageContent | null): content is NonNullable<TemplateContent['headerFile']> {
  return content !== null && ['image', 'video', 'document'].includes(content.kind)
}

/** A file for the head of a template. One of another kind is refused at once, with the reason. */
export function attachHeaderFile(kind: HeaderFileKind, file: File): Attachment {
  const attachment = attachFile(file)
  if (attachment.state === 'refused' && attachment.kind === kind) return attachment
  if (!fitsHeader(kind, attachment)) {
    attachment.state = 'refused'
    attachment.problem = {
      image: m.composer_template_file_wrong_image,
      video: m.composer_template_file_wrong_video,
      document: m.composer_template_file_wrong_document,
    }[kind]()
  }
  return attachment
}

/** For the `accept` of the field that asks for it. */
export function acceptedHeaderFiles(kind: HeaderFileKind): string {
  return acceptedUploads
    .filter((mimeType) => fitsHeader(kind, { kind: kindOfType(mimeType), mimeType }))
    .join(',')
}

function kindOfType(mimeType: string): string {
  const verdict = judgeUpload({ fileName: '', mimeType, byteSize: 1 })
  return verdict.isAccepted ? verdict.kind : ''
}
