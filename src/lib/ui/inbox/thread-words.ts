import type { ConversationSummary, ThreadMessage } from '#lib/domain/inbox.ts'

/** Why the bot says nothing, as one line. */
export function describeBot({ state, reason }: ConversationSummary['bot']): string {
  if (state === 'handed_over') return 'The bot handed this conversation over'
  if (reason === 'business_app_reply') return 'Bot paused: a colleague answered on the phone'
  return state === 'paused' ? 'Bot paused' : 'Bot active'
}

const notices = new Map(
  Object.entries({
    user_changed_number: 'The customer changed their phone number',
    customer_changed_number: 'The customer changed their phone number',
    customer_identity_changed: 'The customer’s WhatsApp account changed',
    user_identity_changed: 'The customer’s WhatsApp account changed',
  }),
)

/** What WhatsApp tells by a message of its own. Its own words where there are some. */
export function describeNotice({ text, content }: ThreadMessage): string {
  const known = content?.kind === 'system' ? notices.get(content.event) : undefined
  return known ?? (text?.trim() || 'Notice by WhatsApp')
}
