import type { ConversationSummary, ThreadMessage } from '#lib/domain/inbox.ts'
import { m } from '#lib/i18n/generated/messages.js'

/** Why the bot says nothing, as one line. */
export function describeBot({ state, reason }: ConversationSummary['bot']): string {
  if (state === 'handed_over') return m.thread_bot_handed_over_line()
  if (reason === 'business_app_reply') return m.thread_bot_paused_phone()
  return state === 'paused' ? m.thread_bot_paused() : m.thread_bot_active()
}

const notices = new Map(
  Object.entries({
    user_changed_number: m.thread_changed_number,
    customer_changed_number: m.thread_changed_number,
    customer_identity_changed: m.thread_changed_account,
    user_identity_changed: m.thread_changed_account,
  }),
)

/** What WhatsApp tells by a message of its own. Its own words where there are some. */
export function describeNotice({ text, content }: ThreadMessage): string {
  const known = content?.kind === 'system' ? notices.get(content.event) : undefined
  return known?.() ?? (text?.trim() || m.thread_notice_line())
}
