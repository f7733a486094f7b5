import { m } from '#lib/i18n/generated/messages.js'
import type { ReplayState } from '../../domain/replay.ts'

/** How far a replay is. */
export const replayStates: Record<ReplayState, () => string> = {
  checking: m.ingestion_state_checking,
  checked: m.ingestion_state_checked,
  applying: m.ingestion_state_applying,
  applied: m.ingestion_state_applied,
  failed: m.ingestion_state_failed,
}

const eventStates: Record<string, () => string> = {
  pending: m.ingestion_event_pending,
  processed: m.ingestion_event_processed,
  ignored: m.ingestion_event_ignored,
  quarantined: m.ingestion_event_quarantined,
  failed: m.ingestion_event_failed,
}

/** What has become of an event. */
export function describeEventState(status: string): string {
  return eventStates[status]?.() ?? status
}

const reasons: Record<string, () => string> = {
  unknown_phone_number: m.ingestion_stuck_unknown_number,
  not_json: m.ingestion_stuck_not_json,
  not_an_object: m.ingestion_stuck_not_an_object,
  empty_batch: m.ingestion_stuck_empty_batch,
  batch_too_large: m.ingestion_stuck_batch_too_large,
  nested_too_deeply: m.ingestion_stuck_nested,
  body_missing: m.ingestion_stuck_body_missing,
  event_unknown: m.ingestion_stuck_event_unknown,
  event_name_missing: m.ingestion_stuck_event_name_missing,
  message_id_missing: m.ingestion_stuck_message_id_missing,
  phone_number_id_missing: m.ingestion_stuck_number_id_missing,
  identity_missing: m.ingestion_stuck_identity_missing,
  counterpart_missing: m.ingestion_stuck_identity_missing,
  conversation_id_missing: m.ingestion_stuck_conversation_id_missing,
  text_missing: m.ingestion_stuck_text_missing,
}

/** What a reason of quarantine, or the cause of a dead letter, means to an admin. */
export function describeStuckReason(status: 'failed' | 'quarantined', reason: string): string {
  if (status === 'failed') return m.ingestion_stuck_failed()
  if (reason.startsWith('not_readable')) return m.ingestion_stuck_not_readable()
  return (reasons[reason] ?? m.ingestion_stuck_other)()
}
