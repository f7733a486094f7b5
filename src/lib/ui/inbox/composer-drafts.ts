import type { ComposerApi } from './composer-api.ts'
import { type DraftText, type LocalDraft, mergeDrafts, noDraft } from './composer-draft-merge.ts'

const prefix = 'my21staff.draft'
const pauseMs = 1_000

interface Kept extends LocalDraft {
  writtenAt: string
}

/**
 * Keeps what a member is writing: at once in this browser, and a second after the last key on the server. What the
 * server does not take (offline, signed out) stays here and is brought again.
 */
export class Drafts {
  readonly #api: Pick<ComposerApi, 'fetchDraft' | 'putDraft'>
  readonly #prefix: string
  /** What this page has last read or written of a conversation's text: another tab may have written since. */
  readonly #seen = new Map<string, string>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()

  readonly #onChange: (conversationId: string, text: string, isSaved: boolean) => void

  /** @param onChange told of every draft as it stands in this browser, and whether the server has it so */
  constructor(
    api: Pick<ComposerApi, 'fetchDraft' | 'putDraft'>,
    workspaceSlug: string,
    memberId: string,
    onChange: (conversationId: string, text: string, isSaved: boolean) => void = () => undefined,
  ) {
    this.#api = api
    this.#onChange = onChange
    this.#prefix = `${prefix}.${workspaceSlug}.${memberId}.`
  }

  /** What this browser has of a conversation's draft. */
  here(conversationId: string): DraftText {
    const { text, replyToMessageId } = this.#read(conversationId) ?? noDraft
    if (!this.#seen.has(conversationId)) this.#seen.set(conversationId, text)
    return { text, replyToMessageId }
  }

  /** This browser's and the server's together; this browser's alone where the server cannot be asked. */
  async fetch(conversationId: string): Promise<DraftText> {
    const server = await this.#api.fetchDraft(conversationId).catch(() => null)
    const local = this.#read(conversationId)
    if (server === null) return local ?? noDraft
    const merged = mergeDrafts(local, server)
    this.#write(conversationId, {
      ...merged,
      base: server,
      writtenAt: local?.writtenAt ?? new Date().toISOString(),
    })
    if (merged.text !== server.text) this.#schedule(conversationId)
    return merged
  }

  /**
   * To be called whenever it changes.
   * @returns what is kept: more than was given where another tab has written meanwhile
   */
  keep(conversationId: string, draft: DraftText): DraftText {
    const before = this.#read(conversationId)
    const has = before ?? noDraft
    if (has.text === draft.text && has.replyToMessageId === draft.replyToMessageId) {
      this.#seen.set(conversationId, draft.text)
      return draft
    }
    const kept = this.#withOtherTabs(conversationId, draft, has)
    this.#write(conversationId, { ...kept, base: before?.base ?? null, writtenAt: new Date().toISOString() })
    this.#schedule(conversationId)
    return kept
  }

  /**
   * Another tab of this browser has changed what is stored.
   * @returns which draft, and what it is now; null where it is none of this member's here, or known already
   */
  receive(key: string | null): ({ conversationId: string; before: string } & DraftText) | null {
    if (!key?.startsWith(this.#prefix)) return null
    const conversationId = key.slice(this.#prefix.length)
    const before = this.#seen.get(conversationId)
    const { text, replyToMessageId } = this.#read(conversationId) ?? noDraft
    return before === undefined || before === text ? null : { conversationId, before, text, replyToMessageId }
  }

  /** This page has taken over what another tab wrote. */
  take(conversationId: string, text: string): void {
    this.#seen.set(conversationId, text)
  }

  #withOtherTabs(conversationId: string, draft: DraftText, stored: DraftText): DraftText {
    const seen = this.#seen.get(conversationId)
    if (seen === undefined || seen === stored.text) return draft
    return mergeDrafts({ ...draft, base: { text: seen, replyToMessageId: draft.replyToMessageId } }, stored)
  }

  /** Brings it to the server now. */
  async save(conversationId: string, isLeaving = false): Promise<void> {
    clearTimeout(this.#timers.get(conversationId))
    this.#timers.delete(conversationId)
    const kept = this.#read(conversationId)
    if (!kept || !isUnsaved(kept)) return
    const { text, replyToMessageId, writtenAt } = kept
    const request = { text, replyToMessageId, writtenAt, askedAt: new Date().toISOString() }
    try {
      await this.#api.putDraft(conversationId, request, isLeaving)
    } catch {
      return
    }
    const now = this.#read(conversationId)
    if (now) this.#write(conversationId, { ...now, base: { text, replyToMessageId } })
  }

  /** Brings to the server what it has not taken yet. */
  saveAll(isLeaving = false): void {
    for (const key of this.#keys()) void this.save(key.slice(this.#prefix.length), isLeaving)
  }

  /**
   * The server has dropped what it had of a conversation's draft, with the message that it took. What was written since
   * the message was sent off may have been saved before it was taken, so it is brought again.
   */
  forgetSaved(conversationId: string): void {
    const kept = this.#read(conversationId)
    if (!kept) return
    this.#write(conversationId, { ...kept, base: noDraft })
    if (isUnsaved({ ...kept, base: noDraft })) this.#schedule(conversationId)
  }

  /** Tells of what an earlier page wrote here and could not bring to the server. */
  tell(): void {
    for (const key of this.#keys()) {
      const conversationId = key.slice(this.#prefix.length)
      const kept = this.#read(conversationId)
      if (kept && isUnsaved(kept)) this.#onChange(conversationId, kept.text, false)
    }
  }

  #schedule(conversationId: string): void {
    clearTimeout(this.#timers.get(conversationId))
    this.#timers.set(
      conversationId,
      setTimeout(() => void this.save(conversationId), pauseMs),
    )
  }

  #keys(): string[] {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix))
    } catch {
      return []
    }
  }

  #read(conversationId: string): Kept | null {
    try {
      const stored = localStorage.getItem(this.#prefix + conversationId)
      return stored === null ? null : (JSON.parse(stored) as Kept)
    } catch {
      return null
    }
  }

  /** A draft that is empty here and there needs no place. */
  #write(conversationId: string, kept: Kept): void {
    this.#seen.set(conversationId, kept.text)
    this.#onChange(conversationId, kept.text, !isUnsaved(kept))
    try {
      if (kept.text === '' && (kept.base?.text ?? '') === '')
        localStorage.removeItem(this.#prefix + conversationId)
      else localStorage.setItem(this.#prefix + conversationId, JSON.stringify(kept))
    } catch {
      // Storage that is full or switched off: the server still gets it.
    }
  }
}

function isUnsaved({ text, replyToMessageId, base }: Kept): boolean {
  return text !== (base?.text ?? '') || replyToMessageId !== (base?.replyToMessageId ?? null)
}
