import {
  recoveryItemStates,
  type Json,
  type RecoveryItemState,
  type RecoveryRun,
  type RecoverySecret,
  type RecoveryState,
} from '#lib/domain/recovery/recovery-run.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { getLocale, type Locale } from '#lib/i18n/generated/runtime.js'
import type { TimeWords } from '../shared/times.ts'

type Word = (inputs?: Record<string, never>, options?: { locale?: Locale }) => string
type Tone = 'neutral' | 'accent' | 'amber' | 'red' | 'blue'

interface KindWords {
  name: Word
  about: Word
}

const kinds: Readonly<Record<string, KindWords>> = {
  merge_same_number: {
    name: m.recovery_kind_merge_same_number,
    about: m.recovery_kind_merge_same_number_about,
  },
  recompute_numbers: {
    name: m.recovery_kind_recompute_numbers,
    about: m.recovery_kind_recompute_numbers_about,
  },
  consolidate_threads: {
    name: m.recovery_kind_consolidate_threads,
    about: m.recovery_kind_consolidate_threads_about,
  },
  archive_duplicates: {
    name: m.recovery_kind_archive_duplicates,
    about: m.recovery_kind_archive_duplicates_about,
  },
  retract_deliveries: {
    name: m.recovery_kind_retract_deliveries,
    about: m.recovery_kind_retract_deliveries_about,
  },
}

export const nameKind = (kind: string): string => kinds[kind]?.name() ?? m.recovery_title()
export const describeKind = (kind: string): string => kinds[kind]?.about() ?? ''

export const stateWords: Record<RecoveryState, Word> = {
  planning: m.recovery_state_planning,
  planned: m.recovery_state_planned,
  applying: m.recovery_state_applying,
  applied: m.recovery_state_applied,
  undoing: m.recovery_state_undoing,
  undone: m.recovery_state_undone,
  failed: m.recovery_state_failed,
}

export const stateTones: Record<RecoveryState, Tone> = {
  planning: 'blue',
  planned: 'amber',
  applying: 'blue',
  applied: 'accent',
  undoing: 'blue',
  undone: 'neutral',
  failed: 'red',
}

export const itemWords: Record<RecoveryItemState, Word> = {
  pending: m.recovery_item_pending,
  applied: m.recovery_item_applied,
  skipped: m.recovery_item_skipped,
  undone: m.recovery_item_undone,
  kept: m.recovery_item_kept,
}

export const itemTones: Record<RecoveryItemState, Tone> = {
  pending: 'blue',
  applied: 'accent',
  skipped: 'amber',
  undone: 'neutral',
  kept: 'amber',
}

/** Why something is to change, is left as it is, or came otherwise than planned: by the codes of all kinds. */
const whys: Readonly<Record<string, Word>> = {
  body_missing: m.recovery_why_body_missing,
  called_different: m.recovery_why_called_different,
  changed_meanwhile: m.recovery_why_changed_meanwhile,
  changed_since: m.recovery_why_changed_since,
  default_country: m.recovery_why_default_country,
  forged_contact: m.recovery_why_forged_contact,
  forged_event: m.recovery_why_forged_event,
  forged_message: m.recovery_why_forged_message,
  forged_status: m.recovery_why_forged_status,
  known_otherwise: m.recovery_why_known_otherwise,
  merge_undone: m.recovery_why_merge_undone,
  number: m.recovery_why_number,
  number_taken: m.recovery_why_number_taken,
  one_account: m.recovery_why_one_account,
  one_contact: m.recovery_why_one_contact,
  one_session: m.recovery_why_one_session,
  partly_changed_since: m.recovery_why_partly_changed_since,
  same_number: m.recovery_why_same_number,
  secret_unknown: m.recovery_why_secret_unknown,
  session_of_two_contacts: m.recovery_why_session_of_two_contacts,
  sure_duplicate: m.recovery_why_sure_duplicate,
  verdict: m.recovery_why_verdict,
}

export const describeWhy = (code: string): string => (whys[code] ?? m.recovery_why_other)()

/** A secret by its times: what it is nobody is shown. */
export function describeSecret(
  { createdAt, endsAt, isLive }: RecoverySecret,
  clock: Pick<TimeWords, 'dayAndTimeOf'>,
): string {
  const since = clock.dayAndTimeOf(createdAt)
  if (endsAt === null) return m.recovery_secret_live({ since })
  const end = clock.dayAndTimeOf(endsAt)
  return isLive ? m.recovery_secret_ending({ since, end }) : m.recovery_secret_ended({ since, end })
}

/** Whether a run is about what one secret let in. */
export function isOfOneSecret({ parameters }: Pick<RecoveryRun, 'parameters'>): boolean {
  if (parameters === null || typeof parameters !== 'object' || Array.isArray(parameters)) return false
  return typeof parameters['secretId'] === 'string'
}

/** What stands there, or will, as far as a kind says it for people; null where it does not. */
export function readShown(value: Json): string | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  const shown = value['shown']
  return typeof shown === 'string' && shown !== '' ? shown : null
}

export function describeFailure({ failure, failedStep }: RecoveryRun): string {
  if (failedStep === 'planning') return m.recovery_failed_plan()
  return failure === 'asker_gone' ? m.recovery_failed_asker() : m.recovery_failed_error()
}

/**
 * What is written in the file of a report, in the reader's language as it is now.
 *
 * @param base address of the workspace, for links
 */
export function reportWords(base: string) {
  const locale = getLocale()
  const words = { pending: '', applied: '', skipped: '', undone: '', kept: '' }
  for (const state of recoveryItemStates) words[state] = itemWords[state]()
  const told = Object.fromEntries(Object.entries(whys).map(([code, word]) => [code, word({}, { locale })]))
  const other = m.recovery_why_other({}, { locale })
  return {
    headers: [
      ...[m.recovery_csv_place(), m.recovery_csv_state(), m.recovery_csv_why(), m.recovery_csv_before()],
      ...[m.recovery_csv_after(), m.recovery_contact(), m.recovery_conversation()],
    ],
    nameState: (state: RecoveryItemState) => words[state],
    describeWhy: (code: string) => told[code] ?? other,
    readShown: (value: Json) => readShown(value) ?? '',
    linkContact: (id: string) => `${base}/contacts/${id}`,
    linkConversation: (id: string) => `${base}/inbox/${id}`,
  }
}
