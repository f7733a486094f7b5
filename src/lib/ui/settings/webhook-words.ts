import { m } from '#lib/i18n/generated/messages.js'
import { getLocale } from '#lib/i18n/generated/runtime.js'
import { writeCount } from '../shared/write-count.ts'
import type { AlarmRow, FindingRow } from './webhook-data.ts'

/** `250 ms`, `1.5 s`, `2 min`, `3 h` */
export function writeMilliseconds(milliseconds: number): string {
  if (milliseconds < 1000) return m.webhooks_milliseconds({ number: writeCount(milliseconds) })
  const numbers = new Intl.NumberFormat(getLocale(), { maximumFractionDigits: 1 })
  const write = (value: number) => ({ number: numbers.format(value) })
  if (milliseconds < 60_000) return m.webhooks_seconds(write(milliseconds / 1000))
  if (milliseconds < 3_600_000) return m.webhooks_minutes(write(milliseconds / 60_000))
  return m.webhooks_hours(write(milliseconds / 3_600_000))
}

/** What rings, and what to do about it. */
export function describeAlarm({ kind, details }: Pick<AlarmRow, 'kind' | 'details'>): {
  title: string
  text: string
} {
  const numberOf = (name: string) => Number(details[name] ?? 0)
  const count = writeCount(numberOf('count'))
  switch (kind) {
    case 'duplicates_spike':
      return {
        title: m.webhooks_alarm_repeats(),
        text: m.webhooks_alarm_repeats_text({ count, median: writeCount(numberOf('median')) }),
      }
    case 'silence':
      return {
        title: m.webhooks_alarm_silence(),
        text: m.webhooks_alarm_silence_text({ count: Math.round(numberOf('hours')) }),
      }
    case 'webhook_paused':
      return details['reason'] === 'missing'
        ? { title: m.webhooks_alarm_unregistered(), text: m.webhooks_alarm_unregistered_text() }
        : { title: m.webhooks_alarm_paused(), text: m.webhooks_alarm_paused_text() }
    case 'wrong_signatures':
      return { title: m.webhooks_alarm_signatures(), text: m.webhooks_alarm_signatures_text({ count }) }
    case 'not_stored':
      return { title: m.webhooks_alarm_not_stored(), text: m.webhooks_alarm_not_stored_text({ count }) }
    case 'unattended':
      return { title: m.webhooks_alarm_unattended(), text: m.webhooks_alarm_unattended_text({ count }) }
    case 'messages_missing':
      return { title: m.webhooks_alarm_missing(), text: m.webhooks_alarm_missing_text({ count }) }
    default:
      return { title: capitalize(kind.replaceAll('_', ' ')), text: m.webhooks_alarm_unknown_text() }
  }
}

/** How a number's webhook does, in a word. */
export function describeState(
  state: string | null,
  reason: string | null,
): { tone: 'accent' | 'red' | 'neutral'; label: string; hint: string | null } {
  switch (state) {
    case 'active':
      return { tone: 'accent', label: m.webhooks_state_active(), hint: null }
    case 'paused':
      return { tone: 'red', label: m.webhooks_state_paused(), hint: m.webhooks_state_paused_hint() }
    case 'missing':
      return { tone: 'red', label: m.webhooks_state_missing(), hint: m.webhooks_state_missing_hint() }
    case 'unknown':
      return {
        tone: 'neutral',
        label: m.webhooks_state_unknown(),
        hint: (unknownReasons[reason ?? ''] ?? m.webhooks_state_unanswered)(),
      }
    default:
      return { tone: 'neutral', label: m.webhooks_state_new(), hint: null }
  }
}

const unknownReasons: Record<string, () => string> = {
  no_key: m.webhooks_no_key,
  no_endpoint: m.webhooks_state_no_endpoint,
  refused: m.webhooks_state_refused,
  rate_limited: m.webhooks_state_rate_limited,
}

/** What is otherwise at Kapso than here, in a line. */
export function describeFinding(finding: FindingRow): string {
  if (finding.kind === 'stale_contact') {
    const what = (contactReasons[finding.reason ?? ''] ?? m.webhooks_finding_contact_details)()
    return m.webhooks_finding_contact({ what })
  }
  const what = finding.kind === 'missing_message' ? describeMissing(finding) : describeBehind(finding)
  return finding.phoneEnd === null ? what : m.webhooks_finding_number({ what, end: finding.phoneEnd })
}

function describeMissing({ type, direction }: FindingRow): string {
  const words = { type: nameOf(types, type ?? 'message') }
  return direction === 'outbound' ? m.webhooks_finding_outbound(words) : m.webhooks_finding_inbound(words)
}

function describeBehind({ status }: FindingRow): string {
  return m.webhooks_finding_status({ status: nameOf(statuses, status ?? 'further') })
}

const contactReasons: Record<string, () => string> = {
  phone: m.webhooks_finding_contact_phone,
  business_scoped_id: m.webhooks_finding_contact_id,
  profile_name: m.webhooks_finding_contact_name,
}

const types: Record<string, () => string> = {
  message: m.webhooks_type_message,
  text: m.webhooks_type_text,
  image: m.webhooks_type_image,
  video: m.webhooks_type_video,
  audio: m.webhooks_type_audio,
  document: m.webhooks_type_document,
  sticker: m.webhooks_type_sticker,
  location: m.webhooks_type_location,
  contacts: m.webhooks_type_contacts,
  template: m.webhooks_type_template,
  interactive: m.webhooks_type_interactive,
  reaction: m.webhooks_type_reaction,
  button: m.webhooks_type_button,
  order: m.webhooks_type_order,
}

const statuses: Record<string, () => string> = {
  further: m.webhooks_status_further,
  sent: m.webhooks_status_sent,
  delivered: m.webhooks_status_delivered,
  read: m.webhooks_status_read,
  failed: m.webhooks_status_failed,
}

/** Why a finding could not be repaired. */
export function describeRepairError(error: string): string {
  return (repairErrors[error] ?? m.webhooks_repair_failed)()
}

const repairErrors: Record<string, () => string> = {
  gone: m.webhooks_repair_gone,
  no_key: m.webhooks_no_key,
  refused: m.webhooks_repair_refused,
  not_applied: m.webhooks_repair_not_applied,
}

/** What is not known yet is called what Kapso calls it. */
function nameOf(names: Record<string, () => string>, key: string): string {
  return names[key]?.() ?? capitalize(key)
}

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
