const words: Record<string, string> = {
  unknown_phone_number: 'It is for a WhatsApp number that this workspace does not have.',
  not_json: 'The delivery was no readable JSON.',
  not_an_object: 'The item was empty or of the wrong kind.',
  empty_batch: 'The batch held nothing.',
  batch_too_large: 'The batch held more items than Kapso ever sends.',
  nested_too_deeply: 'The delivery was nested too deeply to be a message.',
  body_missing: 'Its raw text was removed before it could be read.',
  event_unknown: 'This kind of event is not known yet.',
  event_name_missing: 'It does not say what kind of event it is.',
  message_id_missing: 'The message has no id.',
  phone_number_id_missing: 'It does not say which WhatsApp number it is for.',
  identity_missing: 'It does not say who it is about.',
  counterpart_missing: 'It does not say who it is about.',
  conversation_id_missing: 'The conversation has no id.',
  text_missing: 'The message has no text.',
}

/** What a reason of quarantine, or the cause of a dead letter, means to an admin. */
export function describeStuckReason(status: 'failed' | 'quarantined', reason: string): string {
  if (status === 'failed') return 'It could not be stored, although it was tried several times.'
  if (reason.startsWith('not_readable')) return 'Reading it failed. A newer version may read it.'
  return words[reason] ?? 'Something that it needs is missing or malformed.'
}
