import { z } from 'zod'
import { ControlError, type Simulation } from './simulation.ts'
import type { Webhook } from './world.ts'

/** `POST /simulator/webhooks/{id}/rotate-secret`. */
export const rotateSchema = z.strictObject({
  /** Made up when left out; a phase alone changes which secret signs. */
  secret: z.string().min(1).optional(),
  phase: z.enum(['old', 'both', 'new']).default('both'),
})

/** `PATCH /simulator/webhooks/{id}`. */
export const changeWebhookSchema = z.strictObject({
  active: z.boolean().optional(),
  bufferEnabled: z.boolean().optional(),
  bufferWindowSeconds: z.number().int().min(1).max(60).optional(),
  maxBufferSize: z.number().int().min(1).max(100).optional(),
  inactivityMinutes: z.number().int().min(1).max(1440).optional(),
})

export type SecretRotation = z.input<typeof rotateSchema>
export type WebhookChange = z.input<typeof changeWebhookSchema>

export function getWebhook(simulation: Simulation, id: string): Webhook {
  const webhook = simulation.world.webhooks.get(id)
  if (!webhook) throw new ControlError(404, `There is no webhook ${id}`)
  return webhook
}

/**
 * Gives a webhook another secret. In the phase `old` deliveries are still signed with the one before, in `both` now
 * with one, now with the other, in `new` with the new one. Called again without a secret it only goes to that phase.
 */
export function rotateSecret(simulation: Simulation, webhook: Webhook, input: SecretRotation): Webhook {
  const { secret, phase } = rotateSchema.parse(input)
  const isUnderWay = webhook.previousSecretKey !== undefined && webhook.signsWith !== 'new'
  if (secret !== undefined || !isUnderWay) {
    const { identifiers } = simulation
    webhook.previousSecretKey = webhook.secretKey
    webhook.secretKey = secret ?? identifiers.hex(64, 'rotated', identifiers.next('secret')).toLowerCase()
  }
  webhook.signsWith = phase
  webhook.updatedAt = simulation.clock.now()
  simulation.changed()
  return webhook
}

/** Changes a webhook as its owner could with the REST API. */
export function changeWebhook(simulation: Simulation, webhook: Webhook, input: WebhookChange): Webhook {
  const wanted = changeWebhookSchema.parse(input)
  Object.assign(webhook, wanted)
  webhook.updatedAt = simulation.clock.now()
  if (!webhook.active) simulation.dispatcher.failWaiting(webhook.id, 'webhook switched off')
  simulation.changed()
  return webhook
}
