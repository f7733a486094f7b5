import { z } from 'zod'
import type { SentMessage } from '../../domain/send-match.ts'

/**
 * Kapso's answers, in its own snake_case. Tolerant: a field of another type than documented counts as absent, and
 * fields that are not named here are kept.
 */
const text = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(undefined)

const status = z.looseObject({ biz_opaque_callback_data: text })

const captioned = z.looseObject({ caption: text }).nullish().catch(undefined)

const kapsoMessageSchema = z.looseObject({
  id: text,
  timestamp: text,
  type: text,
  from: text,
  to: text,
  to_user_id: text,
  biz_opaque_callback_data: text,
  text: z.looseObject({ body: text }).nullish().catch(undefined),
  image: captioned,
  video: captioned,
  document: captioned,
  kapso: z
    .looseObject({
      direction: text,
      status: text,
      origin: text,
      phone_number: text,
      whatsapp_conversation_id: text,
      statuses: z.array(status).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
})

export type KapsoMessage = z.infer<typeof kapsoMessageSchema>

const cursorPaging = z
  .looseObject({
    cursors: z.looseObject({ after: text }).nullish().catch(undefined),
    next: text,
  })
  .nullish()
  .catch(undefined)

export const messageListSchema = z.looseObject({ data: z.array(kapsoMessageSchema), paging: cursorPaging })

/** `GET /{phone_number_id}/messages/{wamid}` answers with the message itself, or with it under `data`. */
export const messageSchema = z.union([
  z.looseObject({ data: kapsoMessageSchema }).transform((answer) => answer.data),
  kapsoMessageSchema,
])

const numberedPaging = z
  .looseObject({ total_pages: z.number().nullish().catch(undefined) })
  .nullish()
  .catch(undefined)

const phoneNumberSchema = z.looseObject({
  id: text,
  phone_number_id: text,
  business_account_id: text,
  display_phone_number: text,
  verified_name: text,
  display_name: text,
  status: text,
  customer_id: text,
})

export type KapsoPhoneNumber = z.infer<typeof phoneNumberSchema>

export const phoneNumberListSchema = z.looseObject({
  data: z.array(phoneNumberSchema),
  meta: numberedPaging,
})

/** Only what is looked at: the answer holds the secret in clear, which is not to travel on. */
const listedWebhookSchema = z.object({
  id: text,
  url: text,
  active: z.boolean().nullish().catch(undefined),
})

export type KapsoWebhook = z.infer<typeof listedWebhookSchema>

export const webhookListSchema = z.looseObject({ data: z.array(listedWebhookSchema), meta: numberedPaging })

const contactSchema = z.looseObject({
  id: text,
  wa_id: text,
  profile_name: text,
  business_scoped_user_id: text,
})

export type KapsoContact = z.infer<typeof contactSchema>

export const contactListSchema = z.looseObject({ data: z.array(contactSchema), paging: cursorPaging })

export const webhookSchema = z.looseObject({
  data: z.looseObject({ id: z.string(), active: z.boolean().nullish().catch(undefined) }),
})

/** `GET /{media_id}`: `download_url` opens the file for some minutes without a key, Meta's `url` needs Meta's own token. */
export const mediaSchema = z.looseObject({ url: text, download_url: text })

export const uploadedMediaSchema = z.looseObject({
  id: z.union([z.string().min(1).max(200), z.number().transform(String)]),
})

const templateSchema = z.looseObject({
  id: text,
  name: text,
  language: text,
  category: text,
  status: text,
  parameter_format: text,
  quality_score: z.looseObject({ score: text }).nullish().catch(undefined),
  components: z.array(z.unknown()).nullish().catch(undefined),
})

export type KapsoTemplate = z.infer<typeof templateSchema>

export const templateListSchema = z.looseObject({ data: z.array(templateSchema), paging: cursorPaging })

const workflowSchema = z.looseObject({ id: text })

export const workflowListSchema = z.looseObject({
  data: z.array(workflowSchema),
  meta: numberedPaging,
  paging: cursorPaging,
})

const executionSchema = z.looseObject({ id: text, status: text })

export type KapsoExecution = z.infer<typeof executionSchema>

export const executionListSchema = z.looseObject({ data: z.array(executionSchema), paging: cursorPaging })

/** The cursor of the next page: `next` may be a cursor too, or the address of the next page, which is not followed. */
export function readNextCursor(paging: z.infer<typeof cursorPaging>): string | null {
  const next = paging?.next && !paging.next.includes('/') ? paging.next : null
  return paging?.cursors?.after ?? next
}

/** What the outbox compares of a listed message. */
export function toSentMessage(message: KapsoMessage): SentMessage {
  const reference =
    message.biz_opaque_callback_data ??
    message.kapso?.statuses?.find((entry) => entry.biz_opaque_callback_data)?.biz_opaque_callback_data
  const seconds = Number(message.timestamp ?? Number.NaN)
  return {
    wamid: message.id ?? null,
    reference: reference ?? null,
    origin: message.kapso?.origin ?? null,
    type: message.type ?? null,
    text:
      message.text?.body ??
      message.image?.caption ??
      message.video?.caption ??
      message.document?.caption ??
      null,
    phone: message.to ?? message.kapso?.phone_number ?? null,
    userId: message.to_user_id ?? null,
    sentAt: Number.isFinite(seconds) ? new Date(seconds * 1000) : null,
  }
}
