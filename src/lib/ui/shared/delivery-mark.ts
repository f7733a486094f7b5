import { m } from '#lib/i18n/generated/messages.js'

/** How far a message got, as ticks show it. */
export type DeliveryMark = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown'

export const deliveryWords: Record<DeliveryMark, () => string> = {
  waiting: m.shared_mark_waiting,
  sent: m.shared_mark_sent,
  delivered: m.shared_mark_delivered,
  read: m.shared_mark_read,
  failed: m.shared_mark_failed,
  unknown: m.shared_mark_unknown,
}
