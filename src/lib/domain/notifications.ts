import { z } from 'zod'

export type NotificationKind = 'mention' | 'assigned'

/** What a member is told of. Moments are ISO 8601 strings in UTC. */
export interface Notification {
  id: string
  kind: NotificationKind
  conversationId: string
  contactName: string
  /** Who caused it; null is my21staff itself. */
  actorName: string | null
  createdAt: string
  isRead: boolean
}

export interface NotificationPage {
  notifications: Notification[]
  unread: number
}

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)

/** What a member wants to be told of. */
export const notificationSettingsSchema = z.object({
  newMessages: z.enum(['all', 'mine_and_unassigned', 'mine', 'none']),
  mentions: z.boolean(),
  assignments: z.boolean(),
  /** Times of the workspace's clock between which nothing is pushed. */
  quietHours: z.object({ from: time, until: time }).nullable(),
  /** Whether a push shows the words of a message. */
  showsWords: z.boolean(),
})

export type NotificationSettings = z.infer<typeof notificationSettingsSchema>

export const defaultNotificationSettings: NotificationSettings = {
  newMessages: 'mine_and_unassigned',
  mentions: true,
  assignments: true,
  quietHours: null,
  showsWords: true,
}

/** A browser that may be woken, as its Push API gives it (W3C Push API: PushSubscription.toJSON). */
export const pushSubscriptionSchema = z.object({
  endpoint: z.url().max(2000),
  // A point of P-256, uncompressed, and sixteen random bytes (RFC 8291, section 3), in URL-safe base64.
  keys: z.object({
    p256dh: z.string().regex(/^[\w-]{87}=?$/),
    auth: z.string().regex(/^[\w-]{22}(==)?$/),
  }),
})

export type PushSubscriptionKeys = z.infer<typeof pushSubscriptionSchema>

/** What a push carries to the service worker. */
export interface PushPayload {
  /** Of the same tag only the last is shown. */
  tag: string
  title: string
  body: string
  /** Where a tap leads. */
  path: string
}
