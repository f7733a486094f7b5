/** How far a message got, as ticks show it. */
export type DeliveryMark = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown'

export const deliveryWords: Record<DeliveryMark, string> = {
  waiting: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Not sent',
  unknown: 'Outcome unknown',
}
