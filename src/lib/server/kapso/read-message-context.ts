import type { Referral } from '../../domain/message-content.ts'
import { isTrueAt, objectAt, textAt, webAddressAt, type JsonObject } from './json.ts'
import { wamidAt } from './read-identity.ts'

/** The message that this one answers. */
export function readReplyTo(message: JsonObject): string | null {
  const context = objectAt(message, 'context')
  // `id` in what WhatsApp tells, `message_id` in what was asked of it.
  return wamidAt(context, 'id') ?? wamidAt(context, 'message_id') ?? null
}

export function isForwarded(message: JsonObject): boolean {
  const context = objectAt(message, 'context')
  return isTrueAt(context, 'forwarded') || isTrueAt(context, 'frequently_forwarded')
}

/** The advertisement or post that the customer came from, else the product of the catalogue they ask about. */
export function readReferral(message: JsonObject): Referral | null {
  const told = objectAt(message, 'referral')
  const product = objectAt(objectAt(message, 'context'), 'referred_product')
  const referral: Referral =
    told === undefined
      ? {
          sourceType: 'product',
          sourceId: textAt(product, 'product_retailer_id', 200) ?? null,
          sourceUrl: null,
          headline: null,
          body: null,
          clickId: null,
        }
      : {
          sourceType: textAt(told, 'source_type', 100) ?? null,
          sourceId: textAt(told, 'source_id', 200) ?? null,
          sourceUrl: webAddressAt(told, 'source_url') ?? null,
          headline: textAt(told, 'headline', 1000) ?? null,
          body: textAt(told, 'body', 4000) ?? null,
          clickId: textAt(told, 'ctwa_clid', 1000) ?? null,
        }
  const { sourceType: _type, ...facts } = referral
  return Object.values(facts).some((fact) => fact !== null) ? referral : null
}
