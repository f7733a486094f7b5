import { readdirSync, readFileSync } from 'node:fs'
import { addPaths, type BodyPaths, findStrangers } from './body-paths.ts'

const folder = new URL('./payloads/', import.meta.url)

/** A recorded body, by its name without the ending. */
export function readSample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as unknown
}

/** All recorded bodies whose name begins so. */
export function readSamples(prefix: string): unknown[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.json'))
    .map((name) => readSample(name.replace('.json', '')))
}

export function pathsOf(...values: unknown[]): BodyPaths {
  const paths: BodyPaths = new Map()
  for (const value of values) addPaths(paths, value)
  return paths
}

/** Paths that a sample has and a delivered body lacks. */
export function findMissing(sample: unknown, body: unknown, optional: string[] = []): string[] {
  return findStrangers(pathsOf(body), pathsOf(sample)).filter(
    (path) => !path.includes(':') && !optional.includes(path),
  )
}

/** What the documentation of Kapso and Meta names besides the samples, or allows to be null. */
const documented: [path: string, ...types: string[]][] = [
  ['message.from', 'string', 'null'],
  ['message.to', 'string'],
  ['message.to_user_id', 'string'],
  ['message.username', 'string', 'null'],
  ['message.kapso.phone_number', 'string', 'null'],
  ['message.kapso.statuses[].biz_opaque_callback_data', 'string'],
  ['message.kapso.statuses[].errors[].error_data', 'object'],
  ['message.kapso.statuses[].errors[].error_data.details', 'string'],
  ['message.kapso.statuses[].errors[].href', 'string'],
  ['message.kapso.transcript', 'object', 'string'],
  ['conversation.phone_number', 'string', 'null'],
  ['conversation.username', 'string', 'null'],
  ['conversation.parent_business_scoped_user_id', 'string'],
  ['conversation.kapso.last_message_timestamp', 'string', 'null'],
  ['contact.wa_id', 'string', 'null'],
  ['contact.username', 'string', 'null'],
]

/** Types of messages of which there is no sample, as Meta documents them, and what Kapso adds. */
const documentedTypes: unknown[] = [
  { video: { id: '', mime_type: '', sha256: '', caption: '', url: '', link: '' } },
  { audio: { id: '', mime_type: '', sha256: '', voice: true, url: '', link: '' } },
  { sticker: { id: '', mime_type: '', sha256: '', animated: true, url: '', link: '' } },
  {
    contacts: [
      {
        name: { formatted_name: '', first_name: '', last_name: '' },
        phones: [{ phone: '', type: '', wa_id: '' }],
        emails: [{ email: '', type: '' }],
        org: { company: '' },
      },
    ],
  },
  { interactive: { type: '', nfm_reply: { name: '', body: '', response_json: '' } } },
  {
    interactive: {
      body: { text: '' },
      action: { buttons: [{ type: '', reply: { id: '', title: '' } }] },
    },
  },
  {
    order: {
      catalog_id: '',
      text: '',
      product_items: [{ product_retailer_id: '', quantity: 1, item_price: 1, currency: '' }],
    },
    kapso: { order_text: '' },
  },
  { system: { body: '', type: '', wa_id: '', user_id: '', previous_user_id: '' } },
  { unsupported: { type: '' }, errors: [{ code: 1, title: '', message: '', error_data: { details: '' } }] },
  { context: { forwarded: true, frequently_forwarded: true } },
  { context: { referred_product: { catalog_id: '', product_retailer_id: '' } } },
  {
    referral: {
      source_url: '',
      source_id: '',
      source_type: '',
      headline: '',
      body: '',
      media_type: '',
      image_url: '',
      ctwa_clid: '',
    },
  },
  {
    kapso: {
      flow_response: { flow_token: '', city: '', budget: 1 },
      flow_token: '',
      flow_name: '',
      media_url: '',
      media_data: { url: '', filename: '', content_type: '', byte_size: 1 },
    },
  },
  // Of a type that was invented after this was written.
  { hologram: { id: '', seconds: 1, layers: [{ depth: 1 }] } },
]

const marketingPreference = {
  marketing_preference: { status: '', previous_status: '', detail: '', occurred_at: '', sequence: 1 },
}

/** Every key path with its types that a body of a number's webhook may have. */
export function knownPaths(): BodyPaths {
  const batch = readSample('kapso-v2-batch-message-received') as { data: unknown[] }
  const known = pathsOf(
    ...readSamples('kapso-v2-message-'),
    ...readSamples('kapso-v2-conversation-'),
    ...readSamples('kapso-v2-contact-'),
    ...readSamples('fragment-kapso-v2-'),
    ...batch.data,
    batch,
    { message: readSample('real-message-object-image') },
    ...documentedTypes.map((message) => ({ message })),
    marketingPreference,
    { marketing_preference: { previous_status: null, detail: null } },
  )
  for (const [path, ...types] of documented) known.set(path, new Set([...(known.get(path) ?? []), ...types]))
  return known
}
