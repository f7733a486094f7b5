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
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(api: Pick<ComposerApi, 'fetchDraft' | 'putDraft'>, workspaceSlug: string, memberId: string) {
    this.#api = api
    this.#prefix = `${prefix}.${workspaceSlug}.${memberId}.`
  }

  /** What this browser has of a conversation's draft. */
  here(conversationId: string): DraftText {
    const { text, replyToMessageId } = this.#read(conversationId) ?? noDraft
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

  /** To be called whenever it changes. */
  keep(conversationId: string, draft: DraftText): void {
    const before = this.#read(conversationId)
    const has = before ?? noDraft
    if (has.text === draft.text && has.replyToMessageId === draft.replyToMessageId) return
    this.#write(conversationId, { ...draft, base: before?.base ?? null, writtenAt: new Date().toISOString() })
    this.#schedule(conversationId)
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
