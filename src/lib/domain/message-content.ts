/**
 * What a message holds besides words, by type. `messages.type` is WhatsApp's own name of the type; the words (a text, a
 * caption, a button's label, an order's note) are in `messages.text`, so that search and previews need no more than that.
 */
export type MessageContent =
  | MediaContent
  | LocationContent
  | ContactsContent
  | InteractiveContent
  | ButtonContent
  | OrderContent
  | TemplateContent
  | SystemContent
  | UnsupportedContent

export type MediaKind = 'image' | 'video' | 'audio' | 'document' | 'sticker'

export interface MediaContent {
  kind: MediaKind
  /** As the sender's side declares it; the copied file knows better. */
  mimeType: string | null
  fileName: string | null
  byteSize: number | null
  /** An audio that was spoken into the phone. */
  isVoice: boolean
  /** A sticker that moves. */
  isAnimated: boolean
  /** Words of an audio, where Kapso wrote them down. */
  transcript: string | null
}

export interface LocationContent {
  kind: 'location'
  latitude: number
  longitude: number
  name: string | null
  address: string | null
  /** Always http(s). */
  url: string | null
}

export interface SharedContact {
  name: string | null
  organization: string | null
  phones: { number: string; label: string | null }[]
  emails: string[]
}

export interface ContactsContent {
  kind: 'contacts'
  contacts: SharedContact[]
}

export interface InteractiveContent {
  kind: 'interactive'
  /** `offer`: what the company sent for choosing from; the others: what the customer chose or filled in. */
  form: 'offer' | 'button_reply' | 'list_reply' | 'flow_reply' | 'other'
  id: string | null
  description: string | null
  /** The labels of an offer. */
  options: string[]
  /** The fields of a filled-in flow. */
  fields: { name: string; value: string }[]
}

export interface ButtonContent {
  kind: 'button'
  payload: string | null
}

/** Null is what the order did not say, or said in a way that cannot be relied on: nothing of it is made up. */
export interface OrderItem {
  productId: string | null
  quantity: number | null
  /** For one piece. */
  price: number | null
  /** ISO 4217. */
  currency: string | null
}

export interface OrderContent {
  kind: 'order'
  catalogId: string | null
  items: OrderItem[]
}

/** A template may begin with a file; which one is said each time it is sent. */
export type HeaderFileKind = 'image' | 'video' | 'document'

export interface TemplateContent {
  kind: 'template'
  name: string
  language: string | null
  /** Values for the places of the template's body, in order. */
  parameters: string[]
  /** As it was sent from here; absent where only WhatsApp knows. */
  header?: string | null
  /** The file that it begins with. */
  headerFile?: MediaContent & { kind: HeaderFileKind }
  footer?: string | null
  /** The labels of its buttons. */
  buttons?: string[]
}

export interface SystemContent {
  kind: 'system'
  /** WhatsApp's name of what happened: `user_changed_number`, ... */
  event: string
}

/**
 * A type that WhatsApp does not pass on, one that was invented after this was written, or one of the above whose
 * contents could not be read.
 */
export interface UnsupportedContent {
  kind: 'unsupported'
  /** WhatsApp's name of the type. */
  type: string
  code: string | null
  title: string | null
}

/** The advertisement, post or product of the catalogue that a customer's message came from. */
export interface Referral {
  /** `ad`, `post`, or `product`: a question about something in the catalogue. */
  sourceType: string | null
  /** Of the advertisement or post; the retailer's own id of a product. */
  sourceId: string | null
  /** Always http(s). */
  sourceUrl: string | null
  headline: string | null
  body: string | null
  clickId: string | null
}
