import type { MediaFormat } from './media/formats.ts'
import { addMedia, buildMediaObject, type MediaBehaviour } from './media/library.ts'
import type { Simulation } from './simulation.ts'
import type { MessageExtra } from './world.ts'

/** A ready-made message: Meta's type, what stands under that key, and what stands beside it. */
export interface Sample {
  type: string
  content: unknown
  extra?: MessageExtra
}

interface Wishes {
  caption?: string | undefined
  media?: MediaBehaviour | undefined
  /** For reactions: the wamid. */
  target?: string | undefined
}

const mediaSamples: Record<string, [type: string, format: MediaFormat, more: Record<string, unknown>]> = {
  image: ['image', 'jpeg', {}],
  image_png: ['image', 'png', {}],
  image_webp: ['image', 'webp', {}],
  video: ['video', 'mp4', {}],
  voice: ['audio', 'ogg', { voice: true }],
  audio: ['audio', 'ogg', { voice: false }],
  document: ['document', 'pdf', { filename: 'invoice.pdf' }],
  sticker: ['sticker', 'webp', { animated: false }],
  sticker_animated: ['sticker', 'webp_animated', { animated: true }],
}

function buildMediaSample(simulation: Simulation, sample: string, wishes: Wishes): Sample | null {
  const [type, format, more] = mediaSamples[sample] ?? []
  if (type === undefined || format === undefined) return null
  const fileName = sample === 'document' ? 'invoice.pdf' : undefined
  const item = addMedia(simulation, { format, behaviour: wishes.media, fileName })
  const takesCaption = ['image', 'video', 'document'].includes(type)
  const caption = takesCaption && wishes.caption ? { caption: wishes.caption } : {}
  const extra = sample === 'voice' ? { transcript: 'Halo, saya mau pesan kursi empat.' } : {}
  return { type, content: buildMediaObject(simulation, item, { ...more, ...caption }), extra }
}

const contact = {
  name: { formatted_name: 'Wulan Saraswati', first_name: 'Wulan', last_name: 'Saraswati' },
  phones: [{ phone: '+62 812 0000 8821', type: 'CELL', wa_id: '6281200008821' }],
  emails: [{ email: 'wulan@example.com', type: 'WORK' }],
  org: { company: 'Toko Mebel Rejeki' },
}

const order = {
  catalog_id: '194836987003835',
  text: 'Tolong kirim sebelum Jumat',
  product_items: [
    { product_retailer_id: 'kursi-kawi', quantity: 4, item_price: 725_000, currency: 'IDR' },
    { product_retailer_id: 'meja-merapi', quantity: 1, item_price: 2_890_000, currency: 'IDR' },
  ],
}

const flowReply = {
  type: 'nfm_reply',
  nfm_reply: {
    name: 'flow',
    body: 'Sent',
    response_json: '{"flow_token":"order-17","city":"Yogyakarta","budget":5000000}',
  },
}

const flowExtra = {
  flow_response: { flow_token: 'order-17', city: 'Yogyakarta', budget: 5_000_000 },
  flow_token: 'order-17',
  flow_name: 'order_form',
}

const plainSamples: Record<string, (wishes: Wishes) => Sample> = {
  location: () => ({
    type: 'location',
    content: {
      latitude: -7.7956,
      longitude: 110.3695,
      name: 'Tugu Yogyakarta',
      address: 'Jl. Jenderal Sudirman',
    },
  }),
  contacts: () => ({ type: 'contacts', content: [contact] }),
  button: () => ({ type: 'button', content: { payload: 'yes', text: 'Ya, saya mau' } }),
  button_reply: () => ({
    type: 'interactive',
    content: { type: 'button_reply', button_reply: { id: 'natural', title: 'Natural' } },
  }),
  list_reply: () => ({
    type: 'interactive',
    content: {
      type: 'list_reply',
      list_reply: { id: 'express', title: 'Kirim cepat', description: 'Sampai dalam 2 hari' },
    },
  }),
  flow_reply: () => ({ type: 'interactive', content: flowReply, extra: { kapso: flowExtra } }),
  reaction: ({ target = '' }) => ({ type: 'reaction', content: { message_id: target, emoji: '👍' } }),
  reaction_removed: ({ target = '' }) => ({ type: 'reaction', content: { message_id: target } }),
  order: () => ({ type: 'order', content: order, extra: { kapso: { order_text: order.text } } }),
  system: () => ({
    type: 'system',
    content: { body: 'The customer changed their number', type: 'customer_changed_number' },
  }),
  unsupported: () => ({
    type: 'unsupported',
    content: { type: 'edit' },
    extra: {
      errors: [
        {
          code: 131051,
          title: 'Message type unknown',
          message: 'Message type unknown',
          error_data: { details: 'Message type is currently not supported.' },
        },
      ],
    },
  }),
  invented: () => ({
    type: 'hologram',
    content: { id: 'holo-1', seconds: 12, layers: [{ depth: 1 }, { depth: 2 }] },
  }),
  template: () => ({
    type: 'template',
    content: {
      name: 'order_confirmation',
      language: { code: 'id' },
      components: [{ type: 'body', parameters: [{ type: 'text', text: 'INV-2208' }] }],
    },
  }),
  offer: () => ({
    type: 'interactive',
    content: {
      type: 'button',
      body: { text: 'Warna yang mana?' },
      action: {
        buttons: [
          { type: 'reply', reply: { id: 'natural', title: 'Natural' } },
          { type: 'reply', reply: { id: 'walnut', title: 'Walnut' } },
        ],
      },
    },
  }),
}

export const sampleNames = [...Object.keys(mediaSamples), ...Object.keys(plainSamples)] as [
  string,
  ...string[],
]

/** Those that only a company sends. */
export const companySamples = new Set(['template', 'offer'])

/** An advertisement that led a customer here, as Meta tells of it. */
export const sampleReferral = {
  source_url: 'https://fb.me/3cr4Wqqkv',
  source_id: '120226305854810726',
  source_type: 'ad',
  headline: 'Kursi teras diskon 15 %',
  body: 'Sampai akhir bulan. Kirim pesan untuk memesan.',
  media_type: 'image',
  image_url: 'https://scontent.example/teras.jpg',
  ctwa_clid: 'ARAkLkA8rmlFeiCktEJQ',
}

/** A ready-made message. Null when there is none of this name. */
export function buildSample(simulation: Simulation, sample: string, wishes: Wishes = {}): Sample | null {
  return buildMediaSample(simulation, sample, wishes) ?? plainSamples[sample]?.(wishes) ?? null
}
