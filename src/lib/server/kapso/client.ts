import { z } from 'zod'
import type { SendAnswer } from '../../domain/send-outcome.ts'
import {
  contactListSchema,
  executionListSchema,
  mediaSchema,
  messageListSchema,
  messageSchema,
  phoneNumberListSchema,
  readNextCursor,
  templateListSchema,
  uploadedMediaSchema,
  webhookListSchema,
  webhookSchema,
  workflowListSchema,
  type KapsoContact,
  type KapsoExecution,
  type KapsoMessage,
  type KapsoPhoneNumber,
  type KapsoTemplate,
  type KapsoWebhook,
} from './answers.ts'
import { isSurelyNotSent, KapsoError, readErrorCode, readSendAnswer, type RawAnswer } from './errors.ts'

export interface KapsoConnection {
  /** `https://api.kapso.ai`, without a path. */
  apiUrl: string
  apiKey: string
  /** How long one request may take, its answer included. */
  timeoutMs: number
  fetch?: typeof fetch
}

/** To whom: digits of a phone number, or, where WhatsApp hides it, a business-scoped user id. */
export type SendAddress = { phone: string } | { userId: string }

export interface TextToSend {
  phoneNumberId: string
  address: SendAddress
  text: string
  /** Comes back in the statuses where Kapso passes it on: our message's id. */
  reference: string
  replyToWamid?: string | null
}

export interface MessageToSend {
  phoneNumberId: string
  address: SendAddress
  /** As Meta has it: `{type: 'text', text: {...}}`. */
  content: Readonly<Record<string, unknown>>
  /** As of TextToSend. */
  reference: string
  replyToWamid?: string | null
}

export interface FileToUpload {
  phoneNumberId: string
  file: Blob
  fileName: string
  mimeType: string
  /** Uploads take longer than other requests: how long this one may. */
  timeoutMs: number
}

export interface MessageQuery {
  phoneNumberId: string
  direction?: 'inbound' | 'outbound'
  since?: Date
  until?: Date
  /** At most 100. */
  limit?: number
  after?: string
  signal?: AbortSignal
}

export interface MessagePage {
  /** Newest first. */
  messages: KapsoMessage[]
  /** Cursor of the next, older page. It may lead to an empty one, which is the end. */
  after: string | null
}

export interface ContactQuery {
  phoneNumberId: string
  after?: string
  signal?: AbortSignal
}

export interface ContactPage {
  contacts: KapsoContact[]
  /** As in MessagePage. */
  after: string | null
}

export interface NumberWebhook {
  phoneNumberId: string
  url: string
  secret: string
  events: string[]
}

export interface TemplatePage {
  templates: KapsoTemplate[]
  /** As in MessagePage. */
  after: string | null
}

/**
 * Kapso's REST API, as far as it is used. `send` and `sendText` never throw: their answer says what is known. The others
 * throw KapsoError. Neither ever carries an address, a key, a number or a body.
 */
export interface KapsoClient {
  send(message: MessageToSend): Promise<SendAnswer>
  sendText(message: TextToSend): Promise<SendAnswer>
  /** Hands a file to WhatsApp, which keeps it for 30 days; returns its id there. */
  uploadMedia(file: FileToUpload): Promise<string>
  /** Marks a customer's message and those before it as read, and shows for some seconds that somebody types. */
  markRead(phoneNumberId: string, wamid: string, isTyping: boolean): Promise<void>
  /** One page of a business account's message templates. */
  listTemplates(businessAccountId: string, after?: string, signal?: AbortSignal): Promise<TemplatePage>
  listMessages(query: MessageQuery): Promise<MessagePage>
  /** Null when Kapso does not know the wamid. */
  getMessage(phoneNumberId: string, wamid: string): Promise<KapsoMessage | null>
  /**
   * Where a message's file can be downloaded without a key, for some minutes: a secret for whoever has it. Null when
   * WhatsApp knows no such file any more.
   */
  findMediaAddress(phoneNumberId: string, mediaId: string, signal?: AbortSignal): Promise<string | null>
  listContacts(query: ContactQuery): Promise<ContactPage>
  /** All webhooks of a number. */
  listNumberWebhooks(phoneNumberId: string, signal?: AbortSignal): Promise<KapsoWebhook[]>
  /** The ids of the project's workflows. */
  listWorkflows(signal?: AbortSignal): Promise<string[]>
  /** Runs of a workflow in one Kapso conversation, the newest page. */
  listExecutions(
    workflowId: string,
    kapsoConversationId: string,
    signal?: AbortSignal,
  ): Promise<KapsoExecution[]>
  /** Takes a run out of the bot's hands. False when there is no such run, or it is over. */
  handOffExecution(executionId: string, signal?: AbortSignal): Promise<boolean>
  /** Gives a run that was handed over back to the bot, which waits for the customer then. False as above. */
  giveBackExecution(executionId: string, signal?: AbortSignal): Promise<boolean>
  /** All numbers of the key's project. */
  listPhoneNumbers(): Promise<KapsoPhoneNumber[]>
  /** Subscribes a URL to the events of one number; returns the webhook's id. */
  createNumberWebhook(webhook: NumberWebhook): Promise<string>
}

/** One connection to Kapso: an address and a project's key. Holds no sockets or timers of its own. */
export function createKapsoClient(connection: KapsoConnection): KapsoClient {
  const proxy = `${trimSlash(connection.apiUrl)}/meta/whatsapp/v24.0`
  const platform = `${trimSlash(connection.apiUrl)}/platform/v1`

  async function read<Schema extends z.ZodType>(schema: Schema, call: Call): Promise<z.infer<Schema>> {
    const outcome = await request(connection, call)
    if (outcome.kind !== 'answer') {
      throw new KapsoError(outcome.kind === 'not_sent' ? 'unreachable' : 'no_answer', null, outcome.kind)
    }
    const { answer } = outcome
    if (answer.status < 200 || answer.status >= 300) {
      const reason = answer.status === 429 ? 'rate_limited' : answer.status >= 500 ? 'no_answer' : 'refused'
      throw new KapsoError(reason, answer.status, readErrorCode(answer))
    }
    const parsed = schema.safeParse(answer.body)
    // zod's own error quotes what it found.
    if (!parsed.success) throw new KapsoError('unreadable', answer.status, 'unreadable')
    return parsed.data
  }

  async function send(message: MessageToSend): Promise<SendAnswer> {
    const url = `${proxy}/${encodeURIComponent(message.phoneNumberId)}/messages`
    const outcome = await request(connection, { url, body: writeMessage(message) })
    if (outcome.kind !== 'answer') return { kind: outcome.kind }
    return readSendAnswer(outcome.answer, new Date())
  }

  async function moveExecution(executionId: string, status: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await read(z.unknown(), {
        url: `${platform}/workflow_executions/${encodeURIComponent(executionId)}`,
        method: 'PATCH',
        body: { workflow_execution: { status } },
        signal,
      })
      return true
    } catch (error) {
      // 422: it is over, or there already.
      if (error instanceof KapsoError && (error.status === 404 || error.status === 422)) return false
      throw error
    }
  }

  return {
    send,

    sendText({ text, ...message }) {
      return send({ ...message, content: { type: 'text', text: { body: text, preview_url: false } } })
    },

    async uploadMedia({ phoneNumberId, file, fileName, mimeType, timeoutMs }) {
      const form = new FormData()
      form.set('messaging_product', 'whatsapp')
      form.set('type', mimeType)
      form.set('file', file, fileName)
      const url = `${proxy}/${encodeURIComponent(phoneNumberId)}/media`
      return (await read(uploadedMediaSchema, { url, form, timeoutMs })).id
    },

    async markRead(phoneNumberId, wamid, isTyping) {
      await read(z.unknown(), {
        url: `${proxy}/${encodeURIComponent(phoneNumberId)}/messages`,
        body: {
          messaging_product: 'whatsapp',
          status: 'read',
          message_id: wamid,
          ...(isTyping ? { typing_indicator: { type: 'text' } } : {}),
        },
      })
    },

    async listTemplates(businessAccountId, after, signal) {
      const url = new URL(`${proxy}/${encodeURIComponent(businessAccountId)}/message_templates`)
      url.searchParams.set('limit', '100')
      if (after !== undefined) url.searchParams.set('after', after)
      const page = await read(templateListSchema, { url: url.href, signal })
      return { templates: page.data, after: readNextCursor(page.paging) }
    },

    async listMessages({ phoneNumberId, direction, since, until, limit = 100, after, signal }) {
      const url = new URL(`${proxy}/${encodeURIComponent(phoneNumberId)}/messages`)
      url.searchParams.set('limit', String(limit))
      if (direction !== undefined) url.searchParams.set('direction', direction)
      if (since !== undefined) url.searchParams.set('since', since.toISOString())
      if (until !== undefined) url.searchParams.set('until', until.toISOString())
      if (after !== undefined) url.searchParams.set('after', after)
      const page = await read(messageListSchema, { url: url.href, signal })
      return { messages: page.data, after: readNextCursor(page.paging) }
    },

    async getMessage(phoneNumberId, wamid) {
      const url = `${proxy}/${encodeURIComponent(phoneNumberId)}/messages/${encodeURIComponent(wamid)}`
      try {
        return await read(messageSchema, { url })
      } catch (error) {
        if (error instanceof KapsoError && error.status === 404) return null
        throw error
      }
    },

    async findMediaAddress(phoneNumberId, mediaId, signal) {
      const url = new URL(`${proxy}/${encodeURIComponent(mediaId)}`)
      url.searchParams.set('phone_number_id', phoneNumberId)
      try {
        const media = await read(mediaSchema, { url: url.href, signal })
        return media.download_url ?? media.url ?? null
      } catch (error) {
        // Graph answers 400 for an id that it does not know or knows no longer.
        if (error instanceof KapsoError && (error.status === 404 || error.status === 400)) return null
        throw error
      }
    },

    async listContacts({ phoneNumberId, after, signal }) {
      const url = new URL(`${proxy}/${encodeURIComponent(phoneNumberId)}/contacts`)
      url.searchParams.set('limit', '100')
      if (after !== undefined) url.searchParams.set('after', after)
      const page = await read(contactListSchema, { url: url.href, signal })
      return { contacts: page.data, after: readNextCursor(page.paging) }
    },

    async listNumberWebhooks(phoneNumberId, signal) {
      const webhooks: KapsoWebhook[] = []
      const base = `${platform}/whatsapp/phone_numbers/${encodeURIComponent(phoneNumberId)}/webhooks`
      for (let page = 1; ; page += 1) {
        const answer = await read(webhookListSchema, { url: `${base}?page=${page}&per_page=100`, signal })
        webhooks.push(...answer.data)
        if (answer.data.length === 0 || page >= (answer.meta?.total_pages ?? 1)) return webhooks
      }
    },

    async listWorkflows(signal) {
      const answer = await read(workflowListSchema, { url: `${platform}/workflows?per_page=100`, signal })
      return answer.data.flatMap(({ id }) => id ?? [])
    },

    async listExecutions(workflowId, kapsoConversationId, signal) {
      const url = new URL(`${platform}/workflows/${encodeURIComponent(workflowId)}/executions`)
      url.searchParams.set('whatsapp_conversation_id', kapsoConversationId)
      return (await read(executionListSchema, { url: url.href, signal })).data
    },

    handOffExecution: (executionId, signal) => moveExecution(executionId, 'handoff', signal),
    giveBackExecution: (executionId, signal) => moveExecution(executionId, 'waiting', signal),

    async listPhoneNumbers() {
      const numbers: KapsoPhoneNumber[] = []
      for (let page = 1; ; page += 1) {
        const url = `${platform}/whatsapp/phone_numbers?page=${page}&per_page=100`
        const answer = await read(phoneNumberListSchema, { url })
        numbers.push(...answer.data)
        if (answer.data.length === 0 || page >= (answer.meta?.total_pages ?? 1)) return numbers
      }
    },

    async createNumberWebhook({ phoneNumberId, url, secret, events }) {
      const answer = await read(webhookSchema, {
        url: `${platform}/whatsapp/phone_numbers/${encodeURIComponent(phoneNumberId)}/webhooks`,
        body: {
          whatsapp_webhook: {
            url,
            kind: 'kapso',
            payload_version: 'v2',
            active: true,
            secret_key: secret,
            events,
            buffer_enabled: false,
          },
        },
      })
      return answer.data.id
    },
  }
}

function writeMessage({ address, content, reference, replyToWamid }: MessageToSend): object {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...('phone' in address ? { to: address.phone } : { recipient: address.userId }),
    ...content,
    ...(replyToWamid ? { context: { message_id: replyToWamid } } : {}),
    biz_opaque_callback_data: reference,
  }
}

interface Call {
  url: string
  /** If not given: POST with a body, GET without. */
  method?: 'PATCH'
  body?: object
  /** In place of a body. */
  form?: FormData
  /** In place of the connection's. */
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

type RequestOutcome = { kind: 'answer'; answer: RawAnswer } | { kind: 'not_sent' } | { kind: 'unknown' }

async function request(connection: KapsoConnection, call: Call): Promise<RequestOutcome> {
  const deadline = AbortSignal.timeout(call.timeoutMs ?? connection.timeoutMs)
  let prepared: Request
  try {
    prepared = new Request(call.url, {
      method: call.method ?? (call.body === undefined && call.form === undefined ? 'GET' : 'POST'),
      headers: {
        'x-api-key': connection.apiKey,
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(call.form === undefined ? {} : { body: call.form }),
      redirect: 'manual',
      signal: call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]),
    })
  } catch {
    // An address or a key that cannot stand in a request.
    return { kind: 'not_sent' }
  }
  try {
    const response = await (connection.fetch ?? fetch)(prepared)
    const body: unknown = await response.json().catch(() => undefined)
    return { kind: 'answer', answer: { status: response.status, headers: response.headers, body } }
  } catch (error) {
    return { kind: isSurelyNotSent(error) ? 'not_sent' : 'unknown' }
  }
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
