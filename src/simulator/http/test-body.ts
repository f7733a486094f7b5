import { toIsoSeconds, toUnixSeconds } from '../bodies/form.ts'

/** A made-up body for `POST webhooks/{id}/test`: nobody in it exists. */
export function buildTestBody(phoneNumberId: string, event: string, now: number): Record<string, unknown> {
  const conversation = {
    id: '00000000-0000-4000-8000-000000000000',
    phone_number: '+12025550100',
    status: event.endsWith('.ended') ? 'ended' : 'active',
    last_active_at: toIsoSeconds(now),
    created_at: toIsoSeconds(now),
    updated_at: toIsoSeconds(now),
    metadata: {},
    phone_number_id: phoneNumberId,
  }
  if (event.startsWith('whatsapp.conversation.')) return { conversation, phone_number_id: phoneNumberId }
  if (!event.startsWith('whatsapp.message.')) {
    return { event, occurred_at: toIsoSeconds(now), phone_number_id: phoneNumberId }
  }
  const isInbound = event.endsWith('.received')
  return {
    message: {
      id: 'wamid.TEST',
      timestamp: toUnixSeconds(now),
      type: 'text',
      text: { body: 'This is a test' },
      kapso: {
        direction: isInbound ? 'inbound' : 'outbound',
        status: event.slice(event.lastIndexOf('.') + 1),
        processing_status: isInbound ? 'pending' : 'completed',
        origin: 'cloud_api',
        has_media: false,
      },
    },
    conversation,
    is_new_conversation: false,
    phone_number_id: phoneNumberId,
  }
}
