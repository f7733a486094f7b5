import type { UploadKind } from '#lib/domain/upload-rules.ts'
import type { Attachment } from './composer-attachments.svelte.ts'

const prefix = 'my21staff.files'

/** A file that the Storage has and nobody has sent. */
export interface KeptAttachment {
  uploadId: string
  name: string
  mimeType: string
  byteSize: number
  kind: UploadKind
  isVoice: boolean
  caption: string
}

/** Remembers in this tab, over reloads, which files were uploaded for which conversation and not sent yet. */
export class KeptAttachments {
  readonly #prefix: string

  constructor(workspaceSlug: string, memberId: string) {
    this.#prefix = `${prefix}.${workspaceSlug}.${memberId}.`
  }

  read(conversationId: string): KeptAttachment[] {
    try {
      const stored: unknown = JSON.parse(sessionStorage.getItem(this.#prefix + conversationId) ?? '[]')
      return Array.isArray(stored) ? stored.filter(isKept) : []
    } catch {
      return []
    }
  }

  write(conversationId: string, attachments: readonly Attachment[]): void {
    const kept = attachments.flatMap(({ uploadId, name, mimeType, byteSize, kind, isVoice, caption }) =>
      uploadId === null ? [] : [{ uploadId, name, mimeType, byteSize, kind, isVoice, caption }],
    )
    try {
      if (kept.length === 0) sessionStorage.removeItem(this.#prefix + conversationId)
      else sessionStorage.setItem(this.#prefix + conversationId, JSON.stringify(kept))
    } catch {
      // Storage that is full or switched off: they are in the composer as long as the page is.
    }
  }
}

function isKept(value: unknown): value is KeptAttachment {
  if (typeof value !== 'object' || value === null) return false
  const { uploadId, name, mimeType, byteSize, kind, isVoice, caption } = value as Record<string, unknown>
  return (
    [uploadId, name, mimeType, caption].every((text) => typeof text === 'string') &&
    typeof byteSize === 'number' &&
    typeof isVoice === 'boolean' &&
    ['image', 'video', 'audio', 'document'].some((known) => known === kind)
  )
}
