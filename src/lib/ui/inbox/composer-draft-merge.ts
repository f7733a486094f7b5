/** What was being written in one conversation. */
export interface DraftText {
  text: string
  replyToMessageId: string | null
}

/** The copy in this browser. */
export interface LocalDraft extends DraftText {
  /** What the server had when writing began here; null when nothing was known of it. */
  base: DraftText | null
}

export const noDraft: DraftText = { text: '', replyToMessageId: null }

/**
 * Brings together what this browser and the server have of a draft, so that no word of either is lost. Where only one
 * side has changed since they last agreed, it is that one; where both have, one stands below the other.
 *
 * @param server null when it has none
 */
export function mergeDrafts(local: LocalDraft | null, server: DraftText | null): DraftText {
  const remote = server ?? noDraft
  if (local === null || isSame(local, remote)) return remote
  const base = local.base ?? noDraft
  if (isSame(local, base)) return remote
  if (isSame(remote, base) || remote.text.trim() === '') return pickText(local)
  if (local.text.trim() === '' || holds(remote.text, local.text)) return remote
  if (holds(local.text, remote.text)) return pickText(local)
  return {
    text: `${remote.text}\n${local.text}`,
    replyToMessageId: local.replyToMessageId ?? remote.replyToMessageId,
  }
}

function holds(longer: string, shorter: string): boolean {
  return longer.startsWith(shorter) || longer.endsWith(`\n${shorter}`)
}

function pickText({ text, replyToMessageId }: DraftText): DraftText {
  return { text, replyToMessageId }
}

function isSame(one: DraftText, other: DraftText): boolean {
  return one.text === other.text && one.replyToMessageId === other.replyToMessageId
}
