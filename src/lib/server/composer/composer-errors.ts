import { RuleViolation } from '../../domain/rule-violation.ts'

/** A colleague has written since: the message was not taken. Routes answer it with 409. */
export class AnsweredMeanwhile extends Error {
  override name = 'AnsweredMeanwhile'
  /** Null for somebody outside of my21staff. */
  readonly by: { id: string; name: string } | null

  constructor(by: AnsweredMeanwhile['by']) {
    super('answered')
    this.by = by
  }
}

/** What the database refuses, by its code; in words for people. */
const rules: Readonly<Record<string, string>> = {
  not_found: 'This conversation or message does not exist.',
  window_closed:
    'The 24 hours since the last message of this customer are over. Only a template can be sent now.',
  text_length: 'A message has 1 to 4096 characters.',
  caption_length: 'A caption has at most 4096 characters.',
  send_at_out_of_range: 'A message can be sent at the earliest in a minute and at the latest in 60 days.',
  quote_not_found: 'The message that this one answers is not at WhatsApp.',
  upload_not_found: 'This file does not exist.',
  too_many_uploads: 'You have attached 200 files today without sending them. Try again tomorrow.',
  template_not_found: 'This template does not exist on this number any more.',
  template_unavailable: 'WhatsApp has paused, disabled or not approved this template.',
  marketing_stopped: 'This customer asked WhatsApp for no more marketing messages from this number.',
  cannot_react: 'WhatsApp takes no reaction to this message.',
  channel_not_found: 'This number does not exist.',
  contact_not_found: 'This contact does not exist.',
  contact_without_number: 'No address is known by which this contact can be written to from this number.',
  not_visible: 'There is a conversation with this person that belongs to somebody else.',
  left: 'It has left already.',
  address_not_found: 'This conversation does not show that address any more.',
  thread_split_off: 'This part was split off: nothing can be sent in it.',
}

/** For the `catch` of a call of one of the composer's SQL functions: turns what they refuse into what it means. */
export function throwRuleViolation(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (!(error instanceof Error) || (code !== 'P0001' && code !== '42501')) throw error
  if (error.message === 'answered') {
    const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : 'null'
    throw new AnsweredMeanwhile(JSON.parse(detail) as AnsweredMeanwhile['by'])
  }
  const words = rules[error.message]
  throw words === undefined ? error : new RuleViolation(error.message, words)
}
