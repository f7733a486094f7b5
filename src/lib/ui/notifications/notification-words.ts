import type { Notification } from '#lib/domain/notifications.ts'
import { m } from '#lib/i18n/generated/messages.js'

/** What happened, in a sentence, in the reader's language. */
export function writeNotification({ kind, actorName }: Notification): string {
  const actor = actorName ?? 'my21staff'
  return kind === 'mention' ? m.notifications_mention({ actor }) : m.notifications_assigned({ actor })
}
