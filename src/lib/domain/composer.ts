import { z } from 'zod'
import type { ThreadMessage } from './inbox.ts'

/**
 * What the composer and the server say to each other, below `/w/{workspace}/inbox`. Moments are ISO 8601 in UTC. Errors
 * are `{code, message}`; the codes are listed with each request.
 */

const moment = z.iso.datetime({ offset: true })

/** What every message to be sent has. */
const outgoing = {
  /** Chosen by the browser, kept over retries: the same send never makes two messages. */
  clientReference: z.uuid(),
  replyToMessageId: z.uuid().nullish(),
  /** A thread of the conversation whose account it goes to; that of the customer's last message if not given. */
  addressId: z.uuid().nullish(),
  /** Send it later: at least a minute ahead, at most 60 days. */
  sendAt: moment.nullish(),
  /** It waits so long and can be taken back meanwhile. Without meaning together with `sendAt`. */
  undoSeconds: z.union([z.literal(0), z.literal(3), z.literal(5)]).default(0),
  /** When the member began to write: a colleague's message since then holds this one (409 `answered`). */
  answeredSince: moment.nullish(),
  /** The browser's clock as it asks: a wrong clock then does not matter for `answeredSince`. */
  askedAt: moment.nullish(),
  /** Send although a colleague has answered. */
  evenSo: z.boolean().default(false),
}

/** A template, and what is put into it. */
const filledTemplate = {
  templateId: z.uuid(),
  /** By the keys of its parameters. */
  parameters: z.record(z.string().max(100), z.string().max(1024)).default({}),
  /** What it begins with, where that is a file: from `POST templates/uploads`. */
  headerUploadId: z.uuid().nullish(),
}

/**
 * `POST {conversation}/messages`: a reply; answers ThreadMessage. The same client reference again answers the same one.
 *
 * 409 `answered` with `by` (see AnsweredProblem); 422 `window_closed`, `text_length`, `not_found`, `quote_not_found`,
 * `send_at_out_of_range`, `address_not_found`, `thread_split_off`; for media `upload_not_found`, `upload_missing` (nothing was put there), `wrong_type`,
 * `too_large`, `empty_file`, `caption_length`, `no_caption` (audio has none); for templates `template_not_found`,
 * `template_unavailable` (paused, disabled or rejected), `template_not_supported`, `parameter_missing`,
 * `parameter_invalid`, `header_file_missing`, `header_file_kind` (not what the template begins with), `upload_not_found`,
 * `marketing_stopped` (the customer opted out).
 */
export const sendSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), ...outgoing, text: z.string().max(10_000) }),
  z.object({
    kind: z.literal('media'),
    ...outgoing,
    /** From `POST {conversation}/uploads`, or the file of a saved reply. */
    uploadId: z.uuid(),
    caption: z.string().max(10_000).nullish(),
    /** Recorded just now: goes out as a voice note where its sound can be one. */
    isVoice: z.boolean().default(false),
  }),
  z.object({
    kind: z.literal('template'),
    ...outgoing,
    ...filledTemplate,
  }),
])
export type SendRequest = z.input<typeof sendSchema>
export type Send = z.output<typeof sendSchema>

/** 409: somebody else wrote to the customer meanwhile. `by` is null for an answer from outside of my21staff. */
export interface AnsweredProblem {
  code: 'answered'
  message: string
  by: { id: string; name: string } | null
}

/** `DELETE {conversation}/messages/{message}` takes back what has not left: 204, or 409 `{code: 'left', message}`. */

/**
 * `POST {conversation}/reactions`; answers the ThreadMessage reacted to. Null takes the reaction off. 422 `not_found`,
 * `window_closed`, `cannot_react` (the message never reached WhatsApp, or is older than 30 days).
 */
export const reactionSchema = z.object({
  messageId: z.uuid(),
  emoji: z.string().min(1).max(32).nullable(),
})
export type ReactionRequest = z.input<typeof reactionSchema>

/** `PUT {conversation}/draft`, 204; an older one than what is kept changes nothing. An empty text removes it. */
export const draftSchema = z.object({
  text: z.string().max(20_000),
  replyToMessageId: z.uuid().nullish(),
  /** When it was typed, and the time as it is sent, both by the browser's clock; of two the later one stays. */
  writtenAt: moment,
  askedAt: moment,
})
export type DraftRequest = z.input<typeof draftSchema>

/** `GET {conversation}/draft`; an empty text where there is none. */
export interface Draft {
  text: string
  replyToMessageId: string | null
  writtenAt: string | null
}

/** `POST {conversation}/typing` (no body), 204. To be called at most every 20 seconds while somebody types. */

/**
 * `POST {conversation}/uploads`; answers Upload. 422 `file_type`, `too_large`, `empty_file`, `too_many_uploads`; 404 for a
 * conversation that is not the member's to see.
 */
export const uploadSchema = z.object({
  fileName: z.string().min(1).max(1000),
  mimeType: z.string().max(200),
  byteSize: z.number().int(),
})
export type UploadRequest = z.input<typeof uploadSchema>

/** `GET {conversation}/uploads?id=..&id=..` answers the ids of those that may still be sent. */

/** Where the browser PUTs the file, within two hours and with these headers; then it may be sent by its id. */
export interface Upload {
  uploadId: string
  kind: 'image' | 'video' | 'audio' | 'document'
  url: string
  headers: Record<string, string>
}

export type TemplateStatus = 'approved' | 'pending' | 'rejected' | 'paused' | 'disabled' | 'other'
export type TemplateCategory = 'marketing' | 'utility' | 'authentication'

/** A place in a template that is filled in when it is sent. */
export interface TemplateParameter {
  /** `body.1`, `body.first_name`, `header.1`, `button.0.1`: the part, then the place as the template names it. */
  key: string
  /** As WhatsApp was shown when the template was approved. */
  example: string | null
}

export interface TemplateHeader {
  format: 'text' | 'image' | 'video' | 'document' | 'location'
  /** Of a text header, with its places: `Hello {{1}}`. */
  text: string | null
}

export interface TemplateButton {
  type: 'quick_reply' | 'url' | 'phone_number' | 'copy_code' | 'other'
  label: string
  /** Where it leads, with its place: `https://example.com/orders/{{1}}`, or the number it calls. */
  target: string | null
}

/**
 * `GET templates?channel={id}`; answers Template[]: all of the number's, by name. `POST templates/refresh` 202.
 * `POST templates/uploads`: a place for the file that one begins with; as `POST {conversation}/uploads`.
 */
export interface Template {
  id: string
  channelId: string
  name: string
  language: string
  category: TemplateCategory
  status: TemplateStatus
  /** WhatsApp's judgement, as far as known. */
  quality: 'green' | 'yellow' | 'red' | null
  header: TemplateHeader | null
  body: string
  footer: string | null
  buttons: TemplateButton[]
  parameters: TemplateParameter[]
  /** Null when it can be sent; else why not: `paused`, `disabled`, `rejected`, `pending`, `not_supported`. */
  unavailable: 'paused' | 'disabled' | 'rejected' | 'pending' | 'not_supported' | null
}

const savedReplyFields = {
  /** What follows `/`: lower-case letters, digits, `-` and `_`. */
  shortcut: z.string().regex(/^[a-z0-9_-]{1,40}$/),
  title: z.string().trim().min(1).max(80),
  /** Of the team; else the member's own. Only owners and admins keep the team's. */
  isShared: z.boolean(),
  /** The first is used where none fits. Variables: see `replyVariables`. */
  versions: z
    .array(z.object({ language: z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/), text: z.string().max(4096) }))
    .min(1)
    .max(10),
  /** From `POST saved-replies/uploads`; null takes the file off. */
  uploadId: z.uuid().nullish(),
}
/** `POST saved-replies`; answers SavedReply. 422 `shortcut_taken`, `not_allowed`, `upload_not_found`. */
export const savedReplySchema = z.object(savedReplyFields)
export type SavedReplyRequest = z.input<typeof savedReplySchema>
/** `PATCH saved-replies/{id}`; answers SavedReply. Also `not_found`. `DELETE saved-replies/{id}`: 204. */
export const savedReplyPatchSchema = z.object(savedReplyFields).partial()

/** `GET saved-replies`; answers SavedReply[]: the team's and the member's own, by shortcut. */
export interface SavedReply {
  id: string
  shortcut: string
  title: string
  isShared: boolean
  versions: { language: string; text: string }[]
  /** Its id can be sent as `uploadId`. */
  file: { id: string; fileName: string; mimeType: string; byteSize: number } | null
}

/** What saved replies may name; each is put in when the reply is taken into the composer. */
export const replyVariables = ['contact.name', 'contact.first_name', 'me.name', 'workspace.name'] as const

/**
 * `POST new-message`: a template to somebody; answers NewMessage. A conversation that is known is used, never doubled.
 *
 * 422 as for templates, and `phone_invalid`, `contact_not_found`, `contact_without_number`, `channel_not_found`,
 * `not_visible` (the conversation is there and not this member's to see).
 */
export const newMessageSchema = z.object({
  channelId: z.uuid(),
  to: z.union([z.object({ contactId: z.uuid() }), z.object({ phone: z.string().min(1).max(60) })]),
  clientReference: z.uuid(),
  ...filledTemplate,
  undoSeconds: outgoing.undoSeconds,
})
export type NewMessageRequest = z.input<typeof newMessageSchema>

export interface NewMessage {
  conversationId: string
  message: ThreadMessage
}
