import type { Customer, MediaItem, Message, PhoneNumber } from '../world.ts'
import { hasMedia, readText } from './content.ts'
import type { BodyForm } from './form.ts'

type Json = Record<string, unknown>

/** `context`: which message is answered, whether this one was forwarded, which product it is about. */
export function buildContext(
  message: Message,
  replied: Message | undefined,
  number: PhoneNumber,
  customer: Customer,
): Json {
  const { forwarded, frequentlyForwarded, referredProduct } = message.extra ?? {}
  const about = {
    ...(forwarded ? { forwarded: true } : {}),
    ...(frequentlyForwarded ? { frequently_forwarded: true } : {}),
    ...(referredProduct ? { referred_product: referredProduct } : {}),
  }
  if (message.replyTo === null) return Object.keys(about).length === 0 ? {} : { context: about }
  const repliesToCustomer = replied?.author === 'customer'
  const from = repliesToCustomer ? customer.phone : number.displayPhoneNumber.replace(/\D/g, '')
  const sender = repliesToCustomer && !customer.sharesPhone ? {} : { from }
  return { context: { ...sender, id: message.replyTo, ...about } }
}

/** What Meta puts beside the content: the advertisement that led here, why a message is not shown. */
export function buildExtras(message: Message): Json {
  const { referral, errors } = message.extra ?? {}
  return { ...(referral ? { referral } : {}), ...(errors ? { errors } : {}) }
}

/** What Kapso adds of audios, flows and orders. */
export function buildKapsoExtras(message: Message, form: BodyForm['transcript']): Json {
  const { transcript, kapso } = message.extra ?? {}
  if (transcript === undefined) return kapso ?? {}
  return { ...kapso, transcript: form === 'object' ? { text: transcript } : transcript }
}

/** Where a file is, in Kapso's own keys. */
export function buildMedia(message: Message, item: MediaItem | undefined): Json {
  if (!hasMedia(message)) return {}
  const url = readText(message.content, 'link')
  if (url === null) return {}
  const filename =
    item?.fileName ?? readText(message.content, 'filename') ?? url.slice(url.lastIndexOf('/') + 1)
  const contentType = readText(message.content, 'mime_type') ?? 'application/octet-stream'
  return {
    media_url: url,
    media_data: { url, filename, content_type: contentType, byte_size: item?.byteSize ?? 117_868 },
  }
}
