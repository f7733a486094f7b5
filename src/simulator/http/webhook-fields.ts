import { z } from 'zod'
import { toIsoSeconds } from '../bodies/form.ts'
import type { Webhook } from '../world.ts'

const numberEvents = [
  'whatsapp.message.received',
  'whatsapp.message.sent',
  'whatsapp.message.delivered',
  'whatsapp.message.read',
  'whatsapp.message.failed',
  'whatsapp.conversation.created',
  'whatsapp.conversation.ended',
  'whatsapp.conversation.inactive',
  'whatsapp.contact.identity_changed',
  'whatsapp.contact.marketing_preference_changed',
  'whatsapp.meta_business_agent.handover',
]

const projectEvents = [
  'whatsapp.phone_number.created',
  'whatsapp.phone_number.deleted',
  'whatsapp.phone_number.offboarded',
  'whatsapp.phone_number.disconnected',
  'whatsapp.phone_number.reconnected',
  'whatsapp.account.disabled',
  'whatsapp.account.restricted',
  'whatsapp.account.reinstated',
  'whatsapp.account.violation',
  'workflow.execution.handoff',
  'workflow.execution.failed',
  'project.event',
  'kapso_agent.run.approval_required',
  'kapso_agent.run.completed',
  'kapso_agent.run.failed',
  'kapso_agent.run.cancelled',
]

/** Every event name that a webhook may name. */
export const knownEvents = new Set([...numberEvents, ...projectEvents])

/** What a client may say of a webhook. */
export const fieldsSchema = z.looseObject({
  url: z.url({ protocol: /^https?$/ }),
  kind: z.string().default('kapso'),
  events: z.array(z.string()).default([]),
  secret_key: z.string().optional(),
  active: z.boolean().default(true),
  headers: z.record(z.string(), z.string()).default({}),
  payload_version: z.string().default('v2'),
  buffer_enabled: z.boolean().default(false),
  buffer_window_seconds: z.number().int().min(1).max(60).default(5),
  max_buffer_size: z.number().int().min(1).max(100).default(50),
  inactivity_minutes: z.number().int().min(1).max(1440).default(60),
  phone_number_id: z.string().optional(),
})

export type Fields = z.infer<typeof fieldsSchema>

/** A webhook as the REST API shows it, with its secret in clear as Kapso does. */
export function buildWebhook(webhook: Webhook): Record<string, unknown> {
  return {
    id: webhook.id,
    phone_number_id: webhook.phoneNumberId,
    url: webhook.url,
    kind: 'kapso',
    events: webhook.events,
    secret_key: webhook.secretKey,
    active: webhook.active,
    headers: webhook.headers,
    payload_version: 'v2',
    buffer_enabled: webhook.bufferEnabled,
    buffer_window_seconds: webhook.bufferWindowSeconds,
    max_buffer_size: webhook.maxBufferSize,
    buffer_events: webhook.bufferEnabled ? ['whatsapp.message.received'] : [],
    inactivity_minutes: webhook.inactivityMinutes,
    created_at: toIsoSeconds(webhook.createdAt),
    updated_at: toIsoSeconds(webhook.updatedAt),
  }
}

/** The same as fields, for a change of some of them. */
export function toFields(webhook: Webhook): Fields {
  return fieldsSchema.parse({ ...buildWebhook(webhook), phone_number_id: undefined })
}

/** Writes fields into a webhook. */
export function applyFields(webhook: Webhook, fields: Fields, now: number): Webhook {
  return Object.assign(webhook, {
    url: fields.url,
    events: fields.events,
    secretKey: fields.secret_key ?? '',
    active: fields.active,
    headers: fields.headers,
    bufferEnabled: fields.buffer_enabled,
    bufferWindowSeconds: fields.buffer_window_seconds,
    maxBufferSize: fields.max_buffer_size,
    inactivityMinutes: fields.inactivity_minutes,
    updatedAt: now,
  })
}
