import type { AlarmRow, FindingRow } from './webhook-data.ts'

const numbers = new Intl.NumberFormat('en')

/** `1,234` */
export function writeCount(count: number): string {
  return numbers.format(Math.round(count))
}

/** `250 ms`, `1.5 s`, `2 min`, `3 h` */
export function writeMilliseconds(milliseconds: number): string {
  const round = (value: number) => String(Math.round(value * 10) / 10)
  if (milliseconds < 1000) return `${String(Math.round(milliseconds))} ms`
  if (milliseconds < 60_000) return `${round(milliseconds / 1000)} s`
  if (milliseconds < 3_600_000) return `${round(milliseconds / 60_000)} min`
  return `${round(milliseconds / 3_600_000)} h`
}

/** What rings, and what to do about it. */
export function describeAlarm({ kind, details }: Pick<AlarmRow, 'kind' | 'details'>): {
  title: string
  text: string
} {
  const count = (name: string) => writeCount(Number(details[name] ?? 0))
  switch (kind) {
    case 'duplicates_spike':
      return {
        title: 'Unusually many repeats',
        text: `${count('count')} in an hour, where ${count('median')} are usual. Nothing is doubled; Kapso may not be hearing our answers in time.`,
      }
    case 'silence':
      return {
        title: 'No deliveries',
        text: `Nothing for ${count('hours')} hours, at a time that usually has some. Check the webhook at Kapso, and that this address can be reached.`,
      }
    case 'webhook_paused':
      return details['reason'] === 'missing'
        ? {
            title: 'Webhook not registered',
            text: 'Kapso does not know our webhook address for this number, so nothing comes in. Register it at Kapso.',
          }
        : {
            title: 'Webhook paused at Kapso',
            text: 'Kapso has switched the webhook off, so nothing comes in. Switch it on again at Kapso.',
          }
    case 'wrong_signatures':
      return {
        title: 'Wrong signatures',
        text: `${count('count')} in an hour. If a secret was changed at Kapso, change it here too; otherwise somebody else is trying the address.`,
      }
    case 'not_stored':
      return {
        title: 'Deliveries not stored',
        text: `${count('count')} in an hour: the database could not be reached. Kapso tries again for about two minutes.`,
      }
    case 'unattended':
      return {
        title: 'Items wait for you',
        text: `${count('count')} could not be read or applied. Look at them under Ingestion.`,
      }
    case 'messages_missing':
      return {
        title: 'Messages are missing',
        text: `Kapso has ${count('count')} that never came in. They are listed below and can be fetched.`,
      }
    default:
      return {
        title: capitalize(kind.replaceAll('_', ' ')),
        text: 'Ask whoever runs this installation what it means.',
      }
  }
}

/** How a number's webhook does, in a word. */
export function describeState(
  state: string | null,
  reason: string | null,
): { tone: 'accent' | 'red' | 'neutral'; label: string; hint: string | null } {
  switch (state) {
    case 'active':
      return { tone: 'accent', label: 'Active', hint: null }
    case 'paused':
      return { tone: 'red', label: 'Paused at Kapso', hint: 'Switch it on again at Kapso.' }
    case 'missing':
      return { tone: 'red', label: 'Not registered', hint: 'Register the webhook address at Kapso.' }
    case 'unknown':
      return {
        tone: 'neutral',
        label: 'Not checked',
        hint: unknownReasons[reason ?? ''] ?? 'Kapso did not answer.',
      }
    default:
      return { tone: 'neutral', label: 'Not checked yet', hint: null }
  }
}

const unknownReasons: Record<string, string> = {
  no_key: 'There is no API key to ask Kapso with.',
  no_endpoint: 'The number has no webhook address.',
  refused: 'Kapso refused to answer.',
  rate_limited: 'Too many requests; asked again in a few minutes.',
}

/** What is otherwise at Kapso than here, in a line. */
export function describeFinding(finding: FindingRow): string {
  const who = finding.phoneEnd === null ? '' : `, number ending in ${finding.phoneEnd}`
  if (finding.kind === 'missing_message') {
    const side = finding.direction === 'outbound' ? 'to a customer' : 'from a customer'
    return `${capitalize(finding.type ?? 'message')} ${side}${who}`
  }
  if (finding.kind === 'status_behind') {
    return `${capitalize(finding.status ?? 'further')} at Kapso, not here yet${who}`
  }
  return `Contact differs: ${contactReasons[finding.reason ?? ''] ?? 'details'}`
}

const contactReasons: Record<string, string> = {
  phone: 'phone number',
  business_scoped_id: 'WhatsApp id',
  profile_name: 'profile name',
}

/** Why a finding could not be repaired. */
export function describeRepairError(error: string): string {
  return repairErrors[error] ?? 'It could not be fetched.'
}

const repairErrors: Record<string, string> = {
  gone: 'Kapso does not have it any more.',
  no_key: 'There is no API key to ask Kapso with.',
  refused: 'Kapso refused to give it.',
  not_applied: 'Fetched, but it waits under Ingestion.',
}

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
