import { z } from 'zod'
import { ControlError, type Simulation } from './simulation.ts'

/** A message template of a business account, as Meta lists it. */
export interface Template {
  id: string
  businessAccountId: string
  name: string
  language: string
  category: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION'
  status: 'APPROVED' | 'PENDING' | 'REJECTED' | 'PAUSED' | 'DISABLED'
  parameterFormat: 'POSITIONAL' | 'NAMED'
  quality: 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN'
  components: Record<string, unknown>[]
}

const templateSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9_]{1,512}$/),
  language: z.string().min(2).default('id'),
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']).optional(),
  status: z.enum(['APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED']).optional(),
  parameterFormat: z.enum(['POSITIONAL', 'NAMED']).optional(),
  quality: z.enum(['GREEN', 'YELLOW', 'RED', 'UNKNOWN']).optional(),
  components: z.array(z.record(z.string(), z.unknown())).optional(),
})

export type TemplateChange = z.input<typeof templateSchema>

type Sample = Omit<Template, 'id' | 'businessAccountId' | 'status' | 'quality'>

const samples: readonly Sample[] = [
  {
    name: 'order_follow_up',
    language: 'id',
    category: 'UTILITY',
    parameterFormat: 'POSITIONAL',
    components: [
      { type: 'HEADER', format: 'TEXT', text: 'Pesanan {{1}}', example: { header_text: ['A-102'] } },
      {
        type: 'BODY',
        text: 'Halo {{1}}, pesanan Anda {{2}} sudah siap. Balas pesan ini kalau ada pertanyaan.',
        example: { body_text: [['Budi', 'A-102']] },
      },
      { type: 'FOOTER', text: 'Toko Contoh' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'QUICK_REPLY', text: 'Terima kasih' },
          {
            type: 'URL',
            text: 'Lacak pesanan',
            url: 'https://example.com/lacak/{{1}}',
            example: ['https://example.com/lacak/A-102'],
          },
        ],
      },
    ],
  },
  {
    name: 'order_follow_up',
    language: 'en',
    category: 'UTILITY',
    parameterFormat: 'POSITIONAL',
    components: [
      {
        type: 'BODY',
        text: 'Hello {{1}}, your order {{2}} is ready. Reply to this message if you have questions.',
        example: { body_text: [['Budi', 'A-102']] },
      },
    ],
  },
  {
    name: 'appointment_reminder',
    language: 'en',
    category: 'UTILITY',
    parameterFormat: 'NAMED',
    components: [
      {
        type: 'BODY',
        text: 'Hello {{first_name}}, we are looking forward to seeing you on {{date}}.',
        example: {
          body_text_named_params: [
            { param_name: 'first_name', example: 'Budi' },
            { param_name: 'date', example: '12 March' },
          ],
        },
      },
    ],
  },
  {
    name: 'promo_ramadan',
    language: 'id',
    category: 'MARKETING',
    parameterFormat: 'POSITIONAL',
    components: [
      { type: 'BODY', text: 'Promo spesial untuk {{1}} minggu ini!', example: { body_text: [['Budi']] } },
      { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Berhenti' }] },
    ],
  },
  {
    name: 'new_collection',
    language: 'id',
    category: 'UTILITY',
    parameterFormat: 'POSITIONAL',
    components: [
      { type: 'HEADER', format: 'IMAGE', example: { header_handle: ['https://example.com/koleksi.jpg'] } },
      {
        type: 'BODY',
        text: 'Halo {{1}}, ini foto barang yang Anda tanyakan.',
        example: { body_text: [['Budi']] },
      },
    ],
  },
  {
    name: 'hello',
    language: 'id',
    category: 'UTILITY',
    parameterFormat: 'POSITIONAL',
    components: [{ type: 'BODY', text: 'Halo, ada yang bisa kami bantu?' }],
  },
]

function keyOf(businessAccountId: string, name: string, language: string): string {
  return `${businessAccountId} ${name} ${language}`
}

/** The templates of a business account; a new one begins with a few samples. */
export function listTemplates(simulation: Simulation, businessAccountId: string): Template[] {
  const { templates } = simulation.world
  const own = () => [...templates.values()].filter((one) => one.businessAccountId === businessAccountId)
  if (own().length === 0) {
    for (const sample of samples) {
      const key = keyOf(businessAccountId, sample.name, sample.language)
      templates.set(key, {
        ...structuredClone(sample),
        id: simulation.identifiers.digits(15, 'template', key),
        businessAccountId,
        status: 'APPROVED',
        quality: 'GREEN',
      })
    }
  }
  return own()
}

/** Makes a template of a business account, or changes one. Throws ZodError or ControlError 422. */
export function setTemplate(
  simulation: Simulation,
  businessAccountId: string,
  input: TemplateChange,
): Template {
  const { name, language, ...change } = templateSchema.parse(input)
  listTemplates(simulation, businessAccountId)
  const { templates } = simulation.world
  const key = keyOf(businessAccountId, name, language)
  const known = templates.get(key)
  const components = change.components ?? known?.components
  if (components === undefined) throw new ControlError(422, 'A new template needs its components')
  const template: Template = {
    id: known?.id ?? simulation.identifiers.digits(15, 'template', key),
    businessAccountId,
    name,
    language,
    category: change.category ?? known?.category ?? 'UTILITY',
    status: change.status ?? known?.status ?? 'APPROVED',
    parameterFormat: change.parameterFormat ?? known?.parameterFormat ?? 'POSITIONAL',
    quality: change.quality ?? known?.quality ?? 'UNKNOWN',
    components,
  }
  templates.set(key, template)
  simulation.changed()
  return template
}

/** A template as it is listed. */
export function buildTemplate(template: Template): Record<string, unknown> {
  return {
    id: template.id,
    name: template.name,
    language: template.language,
    category: template.category,
    status: template.status,
    parameter_format: template.parameterFormat,
    quality_score: { score: template.quality, date: 1_764_000_000 },
    components: template.components,
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function countPlaces(text: unknown): number {
  return typeof text === 'string' ? new Set(text.match(/\{\{\s*\w+\s*\}\}/g)).size : 0
}

/**
 * Meta's error for a template that cannot be sent like this: 132015 paused, 132016 disabled, 132001 not approved, 132000
 * with too few or too many values, 132012 where it begins with a file and gets something else, 131053 where that file is
 * of another kind. Null where it can, and for a name that the account does not have: those go out as
 * they always did here.
 */
export function refuseTemplate(
  simulation: Simulation,
  businessAccountId: string,
  content: unknown,
): { code: number; details: string } | null {
  if (!isRecord(content)) return null
  const language = isRecord(content['language']) ? content['language']['code'] : content['language']
  const template = listTemplates(simulation, businessAccountId).find(
    (one) => one.name === content['name'] && one.language === language,
  )
  if (!template) return null
  if (template.status === 'PAUSED') return { code: 132015, details: 'Template is paused' }
  if (template.status === 'DISABLED') return { code: 132016, details: 'Template is disabled' }
  if (template.status !== 'APPROVED') return { code: 132001, details: 'Template is not approved' }
  const sent = recordsIn(content['components'])
  for (const part of ['HEADER', 'BODY']) {
    const own = template.components.find((component) => component['type'] === part)
    const given = sent.find((component) => String(component['type']).toUpperCase() === part)
    const values = recordsIn(given?.['parameters'])
    const format = String(own?.['format'] ?? 'TEXT').toLowerCase()
    if (part === 'HEADER' && ['image', 'video', 'document'].includes(format)) {
      const problem = refuseHeaderFile(simulation, format, values)
      if (problem) return problem
      continue
    }
    if (values.length !== countPlaces(own?.['text'])) {
      return { code: 132000, details: `Number of parameters of the ${part.toLowerCase()} does not match` }
    }
    if (template.parameterFormat === 'NAMED' && values.some((value) => !value['parameter_name'])) {
      return { code: 132000, details: 'Parameter name is missing' }
    }
  }
  const buttons = recordsIn(template.components.find((one) => one['type'] === 'BUTTONS')?.['buttons'])
  const isIncomplete = buttons.some(
    (button, index) =>
      countPlaces(button['url']) > 0 &&
      !sent.some((one) => one['type'] === 'button' && String(one['index']) === String(index)),
  )
  return isIncomplete ? { code: 131008, details: 'Button at index requires a parameter' } : null
}

/** A header of a file takes one parameter of its own kind: `{type: 'image', image: {id}}`, or with a link. */
function refuseHeaderFile(
  simulation: Simulation,
  format: string,
  values: Record<string, unknown>[],
): { code: number; details: string } | null {
  const [value] = values
  const file = value?.['type'] === format && isRecord(value[format]) ? value[format] : undefined
  if (values.length !== 1 || file === undefined || (file['id'] ?? file['link']) === undefined) {
    return { code: 132012, details: `header: Format mismatch, expected ${format.toUpperCase()}` }
  }
  const item = typeof file['id'] === 'string' ? simulation.world.media.get(file['id']) : undefined
  if (file['id'] !== undefined && item === undefined) {
    return { code: 131053, details: 'The file of the header is not there' }
  }
  const isFitting =
    item === undefined ||
    (format === 'document' ? item.mimeType === 'application/pdf' : item.mimeType.startsWith(`${format}/`))
  return isFitting ? null : { code: 131053, details: `The file is no ${format}` }
}
